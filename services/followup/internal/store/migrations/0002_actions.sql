-- +goose Up

-- An action (CAPA, improvement) has a file as a complaint has, under its own id; action is its key, empty for a complaint. For an action,
-- state is 1 open, 2 closed, 3 cancelled, and complaints are those that it is for. For a complaint, actions counts those that it led to.
ALTER TABLE file
    ADD COLUMN action        text        NOT NULL DEFAULT '',
    ADD COLUMN complaints    uuid[]      NOT NULL DEFAULT '{}',
    ADD COLUMN actions       jsonb       NOT NULL DEFAULT '{}',
    ADD COLUMN open_time     timestamptz,
    ADD COLUMN end_time      timestamptz,
    ADD COLUMN cancel_reason text        NOT NULL DEFAULT '',
    ADD CHECK ((action = '') = (open_time IS NULL));
-- Lists of actions are asked for by state, in the order of their opening.
CREATE INDEX file_action ON file (tenant, state, open_time, complaint_id) WHERE action <> '';
CREATE INDEX file_action_complaints ON file USING gin (complaints) WHERE action <> '';

-- Numbers of actions without a complaint: the last one given in each period.
CREATE TABLE action_number (
    tenant    text   NOT NULL,
    procedure text   NOT NULL,
    action    text   NOT NULL,
    period    text   NOT NULL,
    last      bigint NOT NULL CHECK (last > 0),
    PRIMARY KEY (tenant, procedure, action, period)
);
