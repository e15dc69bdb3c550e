-- +goose Up

-- Everything that happened to complaints, one row per event. entry is the order in which it was learned, from 1 for each complaint.
CREATE TABLE timeline (
    tenant       text        NOT NULL,
    complaint_id uuid        NOT NULL,
    entry        integer     NOT NULL,
    event_id     uuid        NOT NULL,
    type         text        NOT NULL,
    occur_time   timestamptz NOT NULL,
    record_time  timestamptz NOT NULL,
    actor        text        NOT NULL,
    round        integer     NOT NULL,
    subject      text        NOT NULL,
    detail       text        NOT NULL,
    PRIMARY KEY (tenant, complaint_id, entry)
);

-- What figures see of each complaint. The counts are for totals; progress holds them apart by clock, visit and milestone, with the
-- answers of completed work. numerators and denominators follow the order of the edition's metrics; an element is NULL where the
-- metric could not be worked out for the complaint. The room that is left in pages lets updates stay in theirs.
CREATE TABLE complaint_fact (
    tenant                text        NOT NULL,
    complaint_id          uuid        NOT NULL,
    procedure             text        NOT NULL,
    edition               text        NOT NULL,
    flow                  text        NOT NULL,
    channel               text        NOT NULL,
    receive_time          timestamptz NOT NULL,
    month                 text        NOT NULL,
    route_time            timestamptz,
    close_time            timestamptz,
    withdraw_time         timestamptz,
    entry_count           integer     NOT NULL,
    round                 integer     NOT NULL,
    round_count           integer     NOT NULL,
    contact_count         integer     NOT NULL,
    clock_started_count   integer     NOT NULL,
    clock_met_count       integer     NOT NULL,
    clock_breached_count  integer     NOT NULL,
    clock_cancelled_count integer     NOT NULL,
    visit_count           integer     NOT NULL,
    fields                jsonb       NOT NULL,
    rule_values           jsonb       NOT NULL,
    progress              jsonb       NOT NULL,
    numerators            bigint[]    NOT NULL,
    denominators          bigint[]    NOT NULL,
    PRIMARY KEY (tenant, complaint_id)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX complaint_fact_received ON complaint_fact (tenant, procedure, receive_time);

-- The editions under which complaints have arrived.
CREATE TABLE known_edition (
    tenant     text        NOT NULL,
    procedure  text        NOT NULL,
    edition    text        NOT NULL,
    first_time timestamptz NOT NULL,
    PRIMARY KEY (tenant, procedure, edition)
);
