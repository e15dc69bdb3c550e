-- +goose Up

-- The message that published_seq is in, by JetStream's sequence: where to look whether the stream still has it. 0 is none.
ALTER TABLE producer_head ADD COLUMN published_message bigint NOT NULL DEFAULT 0;
