-- +goose Up

-- An action (CAPA, improvement) has a timeline and time limits as a complaint has, under its own id. It is no complaint: figures leave it out.
ALTER TABLE complaint_fact ADD COLUMN action boolean NOT NULL DEFAULT false;
