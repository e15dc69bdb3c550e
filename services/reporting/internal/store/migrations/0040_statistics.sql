-- +goose Up

-- Nothing is looked up by these: to sort samples of them costs most of what analysing a growing table does, and tells the planner nothing.
ALTER TABLE complaint_fact ALTER COLUMN fields SET STATISTICS 0, ALTER COLUMN rule_values SET STATISTICS 0, ALTER COLUMN progress SET STATISTICS 0, ALTER COLUMN numerators SET STATISTICS 0, ALTER COLUMN denominators SET STATISTICS 0;
ALTER TABLE timeline ALTER COLUMN detail SET STATISTICS 0, ALTER COLUMN detail_zh SET STATISTICS 0, ALTER COLUMN steps SET STATISTICS 0;
