-- +goose Up

-- Where each complaint's case stands. facts holds what expressions see (channel, fields, values, answers), steps the milestones
-- reached in the present round and the joins that wait. Open work says the rest.
CREATE TABLE case_file (
    tenant        text        NOT NULL,
    complaint_id  uuid        NOT NULL,
    number        text        NOT NULL,
    procedure     text        NOT NULL,
    digest        bytea       NOT NULL, -- of the edition that it runs by
    flow          text        NOT NULL,
    round         integer     NOT NULL,
    state         smallint    NOT NULL, -- 1 open, 2 done, 3 closed, 4 withdrawn
    receive_time  timestamptz NOT NULL, -- the real receipt
    facts         jsonb       NOT NULL,
    steps         jsonb       NOT NULL,
    version       bigint      NOT NULL,
    event_version bigint      NOT NULL, -- of the last event, dense from 1
    update_time   timestamptz NOT NULL, -- when it was recorded as it is now
    PRIMARY KEY (tenant, complaint_id)
) WITH (fillfactor = 80);

-- Work that steps opened. procedure and post lead to the duty directory.
CREATE TABLE work (
    tenant       text        NOT NULL,
    work_id      uuid        NOT NULL,
    complaint_id uuid        NOT NULL,
    procedure    text        NOT NULL,
    step         text        NOT NULL,
    rung         smallint    NOT NULL,
    round        integer     NOT NULL,
    post         text        NOT NULL,
    person       text        NOT NULL, -- '' for nobody
    state        smallint    NOT NULL, -- 1 open, 2 completed, 3 cancelled
    open_time    timestamptz NOT NULL,
    end_time     timestamptz,
    outcome      text        NOT NULL,
    fields       jsonb,
    PRIMARY KEY (tenant, work_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX work_complaint ON work (tenant, complaint_id);
-- The lists that people work from: open work alone, earliest first.
CREATE INDEX work_open ON work (tenant, open_time, work_id) WHERE state = 1;
CREATE INDEX work_open_post ON work (tenant, post, open_time, work_id) WHERE state = 1;
CREATE INDEX work_open_person ON work (tenant, person, open_time, work_id) WHERE state = 1 AND person <> '';
CREATE INDEX work_ended ON work (tenant, open_time, work_id) WHERE state > 1;

-- The duty directory: who sits in which post, from when to when (the end not included).
CREATE TABLE duty (
    tenant     text        NOT NULL,
    procedure  text        NOT NULL,
    post       text        NOT NULL,
    version    bigint      NOT NULL, -- counts the duties of the post from 1
    duty_id    uuid        NOT NULL,
    person     text        NOT NULL,
    start_time timestamptz NOT NULL,
    end_time   timestamptz,
    PRIMARY KEY (tenant, procedure, post, version)
);
