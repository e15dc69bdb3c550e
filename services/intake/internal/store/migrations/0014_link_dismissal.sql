-- +goose Up

-- Pairs of complaints of which a person said that they have nothing to do with each other; the lesser id first.
CREATE TABLE link_dismissal (
	tenant       text        NOT NULL,
	complaint_id uuid        NOT NULL,
	other_id     uuid        NOT NULL,
	actor        text        NOT NULL,
	dismiss_time timestamptz NOT NULL,
	PRIMARY KEY (tenant, complaint_id, other_id),
	CHECK (complaint_id < other_id)
);
CREATE INDEX link_dismissal_other ON link_dismissal (tenant, other_id);
