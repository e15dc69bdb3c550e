-- +goose Up

-- Complaints that people have linked with each other; those of one group and kind belong together.
CREATE TABLE complaint_link (
	tenant       text        NOT NULL,
	kind         smallint    NOT NULL,
	complaint_id uuid        NOT NULL,
	group_id     uuid        NOT NULL,
	counted      boolean     NOT NULL,
	reason       text        NOT NULL,
	actor        text        NOT NULL,
	link_time    timestamptz NOT NULL,
	PRIMARY KEY (tenant, kind, complaint_id)
);
CREATE INDEX complaint_link_group ON complaint_link (tenant, kind, group_id);
