-- +goose Up
-- Answers to calls that write, so that a retry gets the first answer. Rows older than the promise (72 h) may be deleted.
CREATE TABLE idempotency (
	tenant       text        NOT NULL,
	caller       text        NOT NULL,
	method       text        NOT NULL,
	request_id   uuid        NOT NULL,
	request_hash bytea       NOT NULL,
	response     bytea       NOT NULL,
	create_time  timestamptz NOT NULL,
	PRIMARY KEY (tenant, caller, method, request_id)
);
