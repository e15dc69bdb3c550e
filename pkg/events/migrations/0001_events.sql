-- +goose Up

-- Events that transactions have emitted and that have no sequence yet: a short queue. id is taken before the commit, so it orders
-- the events of one aggregate (whose rows are locked by then) and says nothing about others.
CREATE TABLE outbox_pending (
    part         smallint    NOT NULL CHECK (part BETWEEN 0 AND 15),
    id           bigint      GENERATED ALWAYS AS IDENTITY,
    event_id     uuid        NOT NULL,
    tenant       text        NOT NULL,
    aggregate_id text        NOT NULL,
    version      bigint      NOT NULL,
    type         text        NOT NULL,
    payload      bytea       NOT NULL,
    actor        text        NOT NULL,
    occur_time   timestamptz NOT NULL,
    record_time  timestamptz NOT NULL,
    traceparent  text        NOT NULL,
    PRIMARY KEY (part, id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0,
        autovacuum_analyze_threshold = 5000);

-- The service's history: append only, dense by part. after_seq holds the service's own cursors when the event was sequenced; the
-- events sequenced together with one need not repeat it.
CREATE TABLE event_stream (
    part         smallint    NOT NULL,
    seq          bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    tenant       text        NOT NULL,
    aggregate_id text        NOT NULL,
    version      bigint      NOT NULL,
    type         text        NOT NULL,
    payload      bytea       NOT NULL,
    actor        text        NOT NULL,
    occur_time   timestamptz NOT NULL,
    record_time  timestamptz NOT NULL,
    traceparent  text        NOT NULL,
    after_seq    jsonb,
    PRIMARY KEY (part, seq)
);

-- Where each part stands: the newest sequence, how far JetStream has acknowledged, and the epoch of the sequencer that may write.
CREATE TABLE producer_head (
    part          smallint PRIMARY KEY,
    seq           bigint   NOT NULL DEFAULT 0,
    published_seq bigint   NOT NULL DEFAULT 0,
    epoch         bigint   NOT NULL DEFAULT 0
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
INSERT INTO producer_head (part) SELECT generate_series(0, 15);

-- One row. A restore from a backup raises the incarnation: sequences may then be handed out again.
CREATE TABLE producer_meta (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    incarnation integer NOT NULL DEFAULT 1
);
INSERT INTO producer_meta DEFAULT VALUES;

-- How far this service has applied each producer: the duplicate check, the order check and the gap check in one. incarnation is 0
-- until the first event. stream_time is JetStream's time of the last message applied, a hint where to read on.
CREATE TABLE inbox_cursor (
    producer    text        NOT NULL,
    part        smallint    NOT NULL CHECK (part BETWEEN 0 AND 15),
    incarnation integer     NOT NULL DEFAULT 0,
    seq         bigint      NOT NULL DEFAULT 0,
    stream_time timestamptz,
    PRIMARY KEY (producer, part)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Events that this service could not apply, and those that stand behind one of the same aggregate, in the order of id.
CREATE TABLE parked_event (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    producer     text        NOT NULL,
    incarnation  integer     NOT NULL,
    part         smallint    NOT NULL,
    seq          bigint      NOT NULL,
    event_id     uuid        NOT NULL,
    tenant       text        NOT NULL,
    aggregate_id text        NOT NULL,
    version      bigint      NOT NULL,
    type         text        NOT NULL,
    payload      bytea       NOT NULL,
    actor        text        NOT NULL,
    occur_time   timestamptz NOT NULL,
    record_time  timestamptz NOT NULL,
    traceparent  text        NOT NULL,
    error        text        NOT NULL,
    park_time    timestamptz NOT NULL,
    UNIQUE (producer, incarnation, part, seq)
);
CREATE INDEX parked_event_aggregate ON parked_event (part, aggregate_id, id);

-- Who works on which shard of which kind of work (package lease).
CREATE TABLE lease (
    kind  text        NOT NULL,
    shard integer     NOT NULL,
    owner text        NOT NULL,
    epoch bigint      NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (kind, shard)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Who is there to share each kind of work.
CREATE TABLE lease_member (
    kind  text        NOT NULL,
    owner text        NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (kind, owner)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
