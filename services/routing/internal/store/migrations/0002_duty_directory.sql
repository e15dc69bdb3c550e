-- +goose Up

-- What the directory knew, and when: a derivation of the past is told by that alone.
ALTER TABLE duty
    ADD COLUMN record_time timestamptz NOT NULL DEFAULT 'epoch', -- when it was recorded; the epoch for what is older than this column
    ADD COLUMN change_id   uuid;                                 -- the approved change that it came from
ALTER TABLE duty ALTER COLUMN record_time DROP DEFAULT;
ALTER TABLE work
    ADD COLUMN record_time timestamptz NOT NULL DEFAULT 'epoch'; -- when it was opened here, by the directory as it was known then
ALTER TABLE work ALTER COLUMN record_time DROP DEFAULT;

-- Requests that another person sits in a post.
CREATE TABLE duty_change (
    tenant       text        NOT NULL,
    change_id    uuid        NOT NULL,
    procedure    text        NOT NULL,
    post         text        NOT NULL,
    person       text        NOT NULL,
    start_time   timestamptz,          -- wanted from; NULL for "from the approval on"
    reason       text        NOT NULL, -- a code
    requester    text        NOT NULL,
    request_time timestamptz NOT NULL,
    head         text        NOT NULL, -- post whose holder decides
    state        smallint    NOT NULL, -- 1 pending, 2 approved, 3 rejected
    decider      text        NOT NULL,
    decide_time  timestamptz,
    duty_id      uuid,
    PRIMARY KEY (tenant, change_id)
);
-- One at a time for a post.
CREATE UNIQUE INDEX duty_change_pending ON duty_change (tenant, procedure, post) WHERE state = 1;
CREATE INDEX duty_change_time ON duty_change (tenant, request_time DESC);

-- Filings of a whole directory anew.
CREATE TABLE duty_renewal (
    tenant         text        NOT NULL,
    renewal_id     uuid        NOT NULL,
    procedure      text        NOT NULL,
    digest         bytea       NOT NULL, -- of the edition whose posts and limit count
    structure_time timestamptz NOT NULL,
    due_time       timestamptz NOT NULL,
    provisional    boolean     NOT NULL,
    begin_time     timestamptz NOT NULL,
    complete_time  timestamptz,
    event_version  bigint      NOT NULL,
    PRIMARY KEY (tenant, renewal_id)
);
CREATE UNIQUE INDEX duty_renewal_open ON duty_renewal (tenant, procedure) WHERE complete_time IS NULL;

-- The posts of a renewal, in the order of the edition.
CREATE TABLE duty_confirmation (
    tenant       text        NOT NULL,
    renewal_id   uuid        NOT NULL,
    place        integer     NOT NULL,
    post         text        NOT NULL,
    person       text        NOT NULL, -- '' while it is not confirmed
    confirm_time timestamptz,
    confirmer    text        NOT NULL,
    PRIMARY KEY (tenant, renewal_id, place)
);

-- Who is away. Rows are taken back, never changed.
CREATE TABLE absence (
    tenant      text        NOT NULL,
    absence_id  uuid        NOT NULL,
    person      text        NOT NULL,
    start_time  timestamptz NOT NULL,
    end_time    timestamptz NOT NULL,
    record_time timestamptz NOT NULL,
    cancel_time timestamptz,
    PRIMARY KEY (tenant, absence_id)
);
CREATE INDEX absence_end ON absence (tenant, end_time);

-- Who stands in for a post or a person that is away. The highest version that covers a time counts; rows are never changed.
CREATE TABLE deputy (
    tenant      text        NOT NULL,
    procedure   text        NOT NULL,
    version     bigint      NOT NULL,
    post        text        NOT NULL, -- '' for a person's
    person      text        NOT NULL, -- '' for a post's
    deputy      text        NOT NULL, -- '' for nobody
    start_time  timestamptz NOT NULL,
    end_time    timestamptz,
    record_time timestamptz NOT NULL,
    PRIMARY KEY (tenant, procedure, version)
);
