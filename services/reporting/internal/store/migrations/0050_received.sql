-- +goose Up

-- The procedure first: of a table that was empty when a plan was made, Postgres takes an index that begins with the tenant for as good as the
-- key, and reads all of a tenant's complaints for one of them.
DROP INDEX complaint_fact_received;
CREATE INDEX complaint_fact_received ON complaint_fact (procedure, tenant, receive_time);
