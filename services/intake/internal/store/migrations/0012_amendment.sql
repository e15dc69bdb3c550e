-- +goose Up

-- What was corrected of complaints. parts is what is coded, personal what is not, sealed as the complaint's personal data is: both JSON.
CREATE TABLE complaint_amendment (
	tenant       text        NOT NULL,
	complaint_id uuid        NOT NULL,
	amendment_id uuid        NOT NULL,
	version      bigint      NOT NULL,
	actor        text        NOT NULL,
	amend_time   timestamptz NOT NULL,
	reason       text        NOT NULL,
	parts        jsonb       NOT NULL,
	personal     bytea,
	PRIMARY KEY (tenant, complaint_id, amendment_id)
);

-- When a row was written last, by the database's clock, so that all replicas mean the same: a watch goes on from it. In no index, for
-- updates stay in place.
ALTER TABLE complaint ADD COLUMN change_time timestamptz NOT NULL DEFAULT now();
