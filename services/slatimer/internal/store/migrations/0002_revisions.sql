-- +goose Up

-- What a clock's due time was derived from, and what has revised it since. state: 5 paused, 6 excused; warned and escalated: a bit
-- for each warning and step of the ladder that has come.
ALTER TABLE clock
    DROP CONSTRAINT clock_state_check,
    ADD CONSTRAINT clock_state_check CHECK (state BETWEEN 1 AND 6),
    ADD COLUMN end_event_id   text,
    ADD COLUMN count_time     timestamptz,
    ADD COLUMN limit_case     smallint NOT NULL DEFAULT 0,
    ADD COLUMN escalate_times timestamptz[],
    ADD COLUMN edition        text     NOT NULL DEFAULT '',
    ADD COLUMN holidays       text     NOT NULL DEFAULT '',
    ADD COLUMN revisions      jsonb,
    ADD COLUMN warned         integer  NOT NULL DEFAULT 0,
    ADD COLUMN escalated      integer  NOT NULL DEFAULT 0,
    ADD COLUMN excuse_time    timestamptz;

-- Clocks from before: what is known of them.
UPDATE clock c SET count_time = coalesce(c.count_time, c.start_time), edition = f.edition
FROM clock_file f WHERE f.tenant = c.tenant AND f.complaint_id = c.complaint_id;

ALTER TABLE clock ALTER COLUMN count_time SET NOT NULL;
