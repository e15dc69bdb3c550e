-- +goose Up
-- Answers are deleted by their age. Not by a BRIN index: of a page that is used again for new answers it would go on naming the old times.
CREATE INDEX idempotency_create_time ON idempotency (create_time);
