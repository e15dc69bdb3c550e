-- +goose Up

-- What slatimer knows of each complaint. Its row is the lock under which anything about the complaint's clocks changes.
CREATE TABLE clock_file (
    tenant        text   NOT NULL,
    complaint_id  uuid   NOT NULL,
    edition       text   NOT NULL,
    facts         jsonb  NOT NULL,
    contacts      jsonb,
    end_time      timestamptz,
    event_version bigint NOT NULL,
    PRIMARY KEY (tenant, complaint_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Every clock that ever ran. state: 1 running, 2 met, 3 breached, 4 cancelled. next_time is the moment for which its timer is armed.
CREATE TABLE clock (
    tenant         text        NOT NULL,
    complaint_id   uuid        NOT NULL,
    clock_id       uuid        NOT NULL,
    policy         text        NOT NULL,
    round          integer     NOT NULL,
    work_id        text,
    start_event_id uuid        NOT NULL,
    trigger_time   timestamptz NOT NULL,
    start_time     timestamptz NOT NULL,
    due_time       timestamptz NOT NULL,
    warn_times     timestamptz[],
    soft           boolean     NOT NULL,
    internal       boolean     NOT NULL,
    provisional    boolean     NOT NULL,
    state          smallint    NOT NULL CHECK (state BETWEEN 1 AND 4),
    next_time      timestamptz,
    end_time       timestamptz,
    breach_time    timestamptz,
    PRIMARY KEY (tenant, complaint_id, clock_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);

-- Lists by due time: what runs is asked for all day and is a small part of a growing table, the rest now and then.
CREATE INDEX clock_running ON clock (tenant, due_time, clock_id) WHERE state = 1;
CREATE INDEX clock_due ON clock (tenant, due_time, clock_id);

-- The timers: one row for each clock that runs, gone when it has fired. The key begins with the time and not with the tenant,
-- because what is due is due for all tenants; it holds the time, so that a timer set anew is another one. A short and busy table.
CREATE TABLE timer_armed (
    fire_time    timestamptz NOT NULL,
    shard        smallint    NOT NULL CHECK (shard BETWEEN 0 AND 15),
    clock_id     uuid        NOT NULL,
    tenant       text        NOT NULL,
    complaint_id uuid        NOT NULL,
    PRIMARY KEY (fire_time, shard, clock_id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
