-- +goose Up

-- When it was told that a renewal has passed its due time; NULL before. Each is told once.
ALTER TABLE duty_renewal ADD COLUMN overdue_time timestamptz;
CREATE INDEX duty_renewal_due ON duty_renewal (due_time) WHERE complete_time IS NULL AND overdue_time IS NULL;
