-- +goose Up

-- These are written and read as a whole, and nothing is looked for in them: json takes a quarter of jsonb's time to write.
ALTER TABLE clock_file
    ALTER COLUMN facts TYPE json,
    ALTER COLUMN contacts TYPE json;
