-- +goose Up

-- One row per complaint. facts is what the procedure's expressions see of it; state is 1 open, 2 closed, 3 withdrawn.
CREATE TABLE file (
    tenant        text     NOT NULL,
    complaint_id  uuid     NOT NULL,
    number        text     NOT NULL,
    procedure     text     NOT NULL,
    edition       text     NOT NULL,
    state         smallint NOT NULL CHECK (state BETWEEN 1 AND 3),
    facts         jsonb    NOT NULL,
    event_version bigint   NOT NULL,
    PRIMARY KEY (tenant, complaint_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- Return visits. state is 1 due, 2 done, 3 cancelled; outcome is 1 satisfied, 2 dissatisfied, 3 unreached, 0 none. number and
-- procedure are the complaint's, so that lists need no join.
CREATE TABLE visit (
    tenant        text        NOT NULL,
    visit_id      uuid        NOT NULL,
    complaint_id  uuid        NOT NULL,
    number        text        NOT NULL,
    procedure     text        NOT NULL,
    plan          text        NOT NULL,
    round         integer     NOT NULL CHECK (round > 0),
    post          text        NOT NULL,
    state         smallint    NOT NULL CHECK (state BETWEEN 1 AND 3),
    attempt_count integer     NOT NULL,
    schedule_time timestamptz NOT NULL,
    end_time      timestamptz CHECK ((end_time IS NULL) = (state = 1)),
    outcome       smallint    NOT NULL CHECK (outcome BETWEEN 0 AND 3),
    PRIMARY KEY (tenant, visit_id)
);
-- Lists are asked for by state, in the order of the due times.
CREATE INDEX visit_state ON visit (tenant, state, schedule_time, visit_id);
CREATE INDEX visit_complaint ON visit (tenant, complaint_id);
