-- +goose Up

-- Who sits in which post from when, as the duty directory tells it.
CREATE TABLE duty (
    tenant     text        NOT NULL,
    duty_id    uuid        NOT NULL,
    procedure  text        NOT NULL,
    post       text        NOT NULL,
    person     text        NOT NULL,
    start_time timestamptz NOT NULL,
    PRIMARY KEY (tenant, duty_id)
);
CREATE INDEX duty_post ON duty (tenant, procedure, post, start_time);

-- What was entered in scorecards. amount is in ten-thousandths; posts have entered it or agreed, in that order. Unlike the rest it cannot
-- be built again from events.
CREATE TABLE score_entry (
    tenant        text        NOT NULL,
    entry_id      uuid        NOT NULL,
    procedure     text        NOT NULL,
    card          text        NOT NULL,
    row_key       text        NOT NULL,
    subject       text        NOT NULL,
    month         text        NOT NULL,
    amount        bigint      NOT NULL CHECK (amount >= 0),
    reason        text        NOT NULL,
    posts         text[]      NOT NULL,
    person        text        NOT NULL,
    record_time   timestamptz NOT NULL,
    withdraw_time timestamptz,
    PRIMARY KEY (tenant, entry_id)
);
CREATE INDEX score_entry_month ON score_entry (tenant, procedure, card, month, subject);
