-- +goose Up
-- Editions of procedures that this service has met, fetched once from intake. An edition is named by its content, so it is the
-- same for every tenant and never changes.
CREATE TABLE procedure_edition (
	digest  bytea NOT NULL PRIMARY KEY CHECK (octet_length(digest) = 32),
	content bytea NOT NULL -- redress.procedure.v1.Procedure
);
