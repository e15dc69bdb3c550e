-- +goose Up

-- Money that parties are judged to bear. Who, what and how much is never changed; a row is signed, or voided and kept.
CREATE TABLE charge (
    tenant       text        NOT NULL,
    charge_id    uuid        NOT NULL,
    complaint_id uuid        NOT NULL,
    procedure    text        NOT NULL,
    charge       text        NOT NULL, -- its key in the procedure
    kind         smallint    NOT NULL, -- 1 compensation, 2 deduction, 3 penalty, 4 fee
    round        integer     NOT NULL,
    party        text        NOT NULL,
    currency     text        NOT NULL,
    hundredths   bigint      NOT NULL, -- of the currency's unit
    basis        text        NOT NULL,
    state        smallint    NOT NULL, -- 1 proposed, 2 judged, 3 signed, 4 voided
    judge_step   text        NOT NULL,
    judge_post   text        NOT NULL,
    judge        text        NOT NULL,
    judge_time   timestamptz NOT NULL,
    sign_step    text        NOT NULL, -- '' for none
    sign_post    text        NOT NULL,
    signer       text        NOT NULL,
    sign_time    timestamptz,
    void_time    timestamptz,
    void_reason  smallint    NOT NULL, -- 0 none, 1 rejected, 2 corrected, 3 ended
    corrects     uuid,
    PRIMARY KEY (tenant, charge_id)
);
CREATE INDEX charge_complaint ON charge (tenant, complaint_id, charge_id);
-- The order of the lists, and of what waits for a signature.
CREATE INDEX charge_judged ON charge (tenant, judge_time, charge_id);
CREATE INDEX charge_proposed ON charge (tenant, judge_time, charge_id) WHERE state = 1;
