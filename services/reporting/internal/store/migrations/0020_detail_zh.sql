-- +goose Up

-- The detail of a line in Chinese, where it is a sentence and not codes alone.
ALTER TABLE timeline ADD COLUMN detail_zh text NOT NULL DEFAULT '';
