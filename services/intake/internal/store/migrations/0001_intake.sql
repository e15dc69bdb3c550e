-- +goose Up

-- Editions of procedures, immutable. content is the protobuf message redress.procedure.v1.Procedure.
CREATE TABLE edition (
	tenant       text        NOT NULL,
	digest       text        NOT NULL,
	procedure    text        NOT NULL,
	name         text        NOT NULL,
	content      bytea       NOT NULL,
	publish_time timestamptz NOT NULL,
	PRIMARY KEY (tenant, digest),
	UNIQUE (tenant, procedure, name)
);

-- The edition that new complaints begin on; digest is empty only while the first publication is under way. event_version counts
-- the events about the procedure.
CREATE TABLE active_edition (
	tenant        text   NOT NULL,
	procedure     text   NOT NULL,
	digest        text   NOT NULL,
	event_version bigint NOT NULL,
	PRIMARY KEY (tenant, procedure)
);

-- The last sequence given out in each series of numbers for people, for example "MF-202603". Its row is locked until the
-- registration commits, so that numbers have no gaps.
CREATE TABLE number_series (
	tenant text   NOT NULL,
	series text   NOT NULL,
	last   bigint NOT NULL,
	PRIMARY KEY (tenant, series)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- Complaints without anything personal. Ids are UUIDv7: their order is the order of registration, and inserts append.
CREATE TABLE complaint (
	tenant             text        NOT NULL,
	complaint_id       uuid        NOT NULL,
	number             text        NOT NULL,
	digest             text        NOT NULL,
	flow               text        NOT NULL,
	channel            text        NOT NULL,
	complainant_kind   text        NOT NULL,
	fields             jsonb,
	receive_time       timestamptz NOT NULL,
	count_time         timestamptz NOT NULL,
	register_time      timestamptz NOT NULL,
	state              smallint    NOT NULL,
	close_time         timestamptz,
	version            bigint      NOT NULL,
	event_version      bigint      NOT NULL,
	external_reference text        NOT NULL,
	PRIMARY KEY (tenant, complaint_id)
) WITH (fillfactor = 90);
CREATE UNIQUE INDEX complaint_number ON complaint (tenant, number);
CREATE INDEX complaint_external_reference ON complaint (tenant, external_reference, complaint_id) WHERE external_reference <> '';
-- Complaints come roughly in the order of their receipt: a block range index finds a month for next to no cost at registration.
CREATE INDEX complaint_receive_time ON complaint USING brin (tenant, receive_time) WITH (autosummarize = on);

-- Everything personal about a complaint, encrypted under wrapped_key. Erasing a person deletes the row. The two blind indexes find
-- a person's complaints by telephone number or e-mail address.
CREATE TABLE vault (
	tenant       text  NOT NULL,
	complaint_id uuid  NOT NULL,
	wrapped_key  bytea NOT NULL,
	ciphertext   bytea NOT NULL,
	phone_index  bytea,
	email_index  bytea,
	PRIMARY KEY (tenant, complaint_id)
);
CREATE INDEX vault_phone ON vault (tenant, phone_index) WHERE phone_index IS NOT NULL;
CREATE INDEX vault_email ON vault (tenant, email_index) WHERE email_index IS NOT NULL;

-- Conversations with complainants; note is what was said, encrypted under the complaint's key in the vault.
CREATE TABLE contact (
	tenant       text        NOT NULL,
	complaint_id uuid        NOT NULL,
	contact_id   uuid        NOT NULL,
	outbound     boolean     NOT NULL,
	medium       text        NOT NULL,
	purpose      text        NOT NULL,
	content      text[]      NOT NULL,
	occur_time   timestamptz NOT NULL,
	record_time  timestamptz NOT NULL,
	note         bytea,
	PRIMARY KEY (tenant, complaint_id, contact_id)
);

-- Who saw personal data in the clear, when, and why.
CREATE TABLE personal_data_access (
	tenant       text        NOT NULL,
	complaint_id uuid        NOT NULL,
	access_id    uuid        NOT NULL,
	actor        text        NOT NULL,
	purpose      text        NOT NULL,
	access_time  timestamptz NOT NULL,
	PRIMARY KEY (tenant, complaint_id, access_id)
);

-- Sessions of gateways. stream_epoch rises with every opening: a stream of an older epoch can move acked_sequence no more.
CREATE TABLE intake_session (
	tenant         text        NOT NULL,
	gateway        text        NOT NULL,
	session        text        NOT NULL,
	session_key    bigint      GENERATED ALWAYS AS IDENTITY,
	stream_epoch   bigint      NOT NULL,
	acked_sequence bigint      NOT NULL,
	open_time      timestamptz NOT NULL,
	PRIMARY KEY (tenant, gateway, session)
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

-- What a session's items became, one row for each commit: results is the protobuf message redress.intake.v1.IntakeAck.
CREATE TABLE intake_result (
	tenant         text        NOT NULL,
	session_key    bigint      NOT NULL,
	last_sequence  bigint      NOT NULL,
	first_sequence bigint      NOT NULL,
	results        bytea       NOT NULL,
	commit_time    timestamptz NOT NULL,
	PRIMARY KEY (tenant, session_key, last_sequence)
);
