-- +goose Up
-- A request id tells requests apart by itself: the names before it were compared at every step down the index.
ALTER TABLE idempotency DROP CONSTRAINT idempotency_pkey, ADD PRIMARY KEY (request_id, tenant, caller, method);
