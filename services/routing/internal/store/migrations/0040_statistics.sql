-- +goose Up

-- Nothing is looked up by these: to sort samples of them costs most of what analysing a growing table does, and tells the planner nothing.
ALTER TABLE case_file ALTER COLUMN facts SET STATISTICS 0, ALTER COLUMN steps SET STATISTICS 0;
ALTER TABLE work ALTER COLUMN fields SET STATISTICS 0;
