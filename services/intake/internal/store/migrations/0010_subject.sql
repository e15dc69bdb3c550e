-- +goose Up

-- People, each with the one key that everything of theirs is sealed under. wrapped_key is the data key, wrapped by the
-- key-encryption key key_version; it goes when the person is erased, and so does reference, the blind index of the company's own
-- id for the person. The row stays: it says that there was somebody, and since when there is nothing of them.
CREATE TABLE subject (
	tenant      text        NOT NULL,
	subject_id  uuid        NOT NULL,
	wrapped_key bytea,
	key_version bigint      NOT NULL,
	reference   bytea,
	create_time timestamptz NOT NULL,
	erase_time  timestamptz,
	PRIMARY KEY (tenant, subject_id),
	CHECK ((wrapped_key IS NULL) = (erase_time IS NOT NULL)),
	CHECK (erase_time IS NULL OR reference IS NULL)
);
-- One person for each reference: of two registrations of a new one, the second waits and takes the first one's.
CREATE UNIQUE INDEX subject_reference ON subject (tenant, reference) WHERE reference IS NOT NULL;

-- Every complaint that is here begins a subject of its own, under the complaint's id: that is what its key is bound to. So do later ones. The version
-- stands in the four bytes after the first of what Tink wraps. Complaints without a row in the vault are of people who were erased.
INSERT INTO subject (tenant, subject_id, wrapped_key, key_version, create_time, erase_time)
SELECT c.tenant, c.complaint_id, v.wrapped_key,
	coalesce(('x' || encode(substring(v.wrapped_key FROM 2 FOR 4), 'hex'))::bit(32)::bigint, 0),
	c.register_time, CASE WHEN v.wrapped_key IS NULL THEN now() END
FROM complaint c LEFT JOIN vault v ON v.tenant = c.tenant AND v.complaint_id = c.complaint_id;

ALTER TABLE complaint ADD COLUMN subject_id uuid;
UPDATE complaint SET subject_id = complaint_id;
ALTER TABLE complaint ALTER COLUMN subject_id SET NOT NULL;
-- A person's first complaint has the person's id: only the others need be looked for.
CREATE INDEX complaint_subject ON complaint (tenant, subject_id) WHERE subject_id <> complaint_id;
ALTER TABLE vault DROP COLUMN wrapped_key;

-- Who saw personal data in the clear, looked for people, or was refused. kind: 1 a complaint's data revealed, 2 people looked for,
-- 3 a person's data exported. complaint_id and subject_id are empty where it was about none, or about a person as a whole.
ALTER TABLE personal_data_access DROP CONSTRAINT personal_data_access_pkey;
ALTER TABLE personal_data_access
	ADD PRIMARY KEY (tenant, access_id),
	ALTER COLUMN complaint_id DROP NOT NULL,
	ADD COLUMN subject_id uuid,
	ADD COLUMN kind smallint NOT NULL DEFAULT 1,
	ADD COLUMN granted boolean NOT NULL DEFAULT true;
UPDATE personal_data_access SET subject_id = complaint_id;
-- The quota of each person is counted here.
CREATE INDEX personal_data_access_actor ON personal_data_access (tenant, actor, access_time);
CREATE INDEX personal_data_access_subject ON personal_data_access (tenant, subject_id, access_time) WHERE subject_id IS NOT NULL;

-- Requests for exports and erasures. kind: 1 export, 2 erasure; state: 1 waits, 2 approved, 3 rejected; reason as in the contract.
CREATE TABLE subject_request (
	tenant             text        NOT NULL,
	subject_request_id uuid        NOT NULL,
	subject_id         uuid        NOT NULL,
	kind               smallint    NOT NULL,
	reason             smallint    NOT NULL,
	state              smallint    NOT NULL,
	requester          text        NOT NULL,
	request_time       timestamptz NOT NULL,
	decider            text        NOT NULL,
	decide_time        timestamptz,
	PRIMARY KEY (tenant, subject_request_id)
);
CREATE UNIQUE INDEX subject_request_pending ON subject_request (tenant, subject_id, kind) WHERE state = 1;

-- Who was erased, when, why and by whom. Rows are never changed: the ledger outlives the database, and is replayed into one that was
-- restored. proof shows that intake wrote the row.
CREATE TABLE erasure_ledger (
	tenant     text        NOT NULL,
	subject_id uuid        NOT NULL,
	erase_time timestamptz NOT NULL,
	reason     smallint    NOT NULL,
	requester  text        NOT NULL,
	approver   text        NOT NULL,
	proof      bytea       NOT NULL,
	PRIMARY KEY (tenant, subject_id)
);
CREATE INDEX erasure_ledger_time ON erasure_ledger (tenant, erase_time, subject_id);
-- +goose StatementBegin
CREATE FUNCTION erasure_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'erasure_ledger is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER erasure_ledger_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON erasure_ledger
	FOR EACH STATEMENT EXECUTE FUNCTION erasure_ledger_is_append_only();
