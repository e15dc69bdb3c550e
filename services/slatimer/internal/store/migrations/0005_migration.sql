-- +goose Up

-- The edition whose clocks count since a complaint's clocks were migrated; empty when they never were.
ALTER TABLE clock_file ADD COLUMN clock_edition text NOT NULL DEFAULT '';
