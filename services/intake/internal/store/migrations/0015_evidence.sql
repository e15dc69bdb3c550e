-- +goose Up

-- Files that are kept with complaints (state 2), on their way there (1), or whose content was destroyed (3). sealed_key is the file's own
-- key, sealed under that of the complaint's person; sealed_name its name under that key. Destroying a file sets both to null: what
-- the content's store still holds then opens no more.
CREATE TABLE evidence (
	tenant       text        NOT NULL,
	evidence_id  uuid        NOT NULL,
	complaint_id uuid        NOT NULL,
	kind         text        NOT NULL,
	media_type   text        NOT NULL,
	size_bytes   bigint      NOT NULL,
	sha256       bytea       NOT NULL,
	state        smallint    NOT NULL,
	offset_bytes bigint      NOT NULL,
	uploader     text        NOT NULL,
	occur_time   timestamptz NOT NULL,
	start_time   timestamptz NOT NULL,
	attach_time  timestamptz,
	remove_time  timestamptz,
	sealed_key   bytea,
	sealed_name  bytea,
	PRIMARY KEY (tenant, evidence_id)
) WITH (fillfactor = 70);
CREATE INDEX evidence_complaint ON evidence (tenant, complaint_id, evidence_id);
CREATE INDEX evidence_uploading ON evidence (start_time) WHERE state = 1;

-- Which object of the content's store holds which part of a file. Parts are of 512 KiB but the last.
CREATE TABLE evidence_part (
	tenant      text NOT NULL,
	evidence_id uuid NOT NULL,
	part        int  NOT NULL,
	object_id   uuid NOT NULL,
	PRIMARY KEY (tenant, evidence_id, part)
);

-- Objects that are to be deleted from the content's store at delete_time. An object is written down here before it is stored, and taken
-- out by the transaction that makes it part of a file: whatever dies in between, it is deleted.
CREATE TABLE evidence_orphan (
	tenant      text        NOT NULL,
	evidence_id uuid        NOT NULL,
	object_id   uuid        NOT NULL,
	delete_time timestamptz NOT NULL,
	PRIMARY KEY (tenant, evidence_id, object_id)
);
CREATE INDEX evidence_orphan_due ON evidence_orphan (delete_time);

-- The content's store where it is this database. It is encrypted, and does not compress.
CREATE TABLE evidence_content (
	tenant      text  NOT NULL,
	evidence_id uuid  NOT NULL,
	object_id   uuid  NOT NULL,
	sealed      bytea NOT NULL,
	PRIMARY KEY (tenant, evidence_id, object_id)
);
ALTER TABLE evidence_content ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- Who did what with evidence, when and why. Rows are never changed.
CREATE TABLE evidence_custody (
	tenant       text        NOT NULL,
	complaint_id uuid        NOT NULL,
	custody_id   uuid        NOT NULL,
	evidence_id  uuid        NOT NULL,
	act          smallint    NOT NULL,
	actor        text        NOT NULL,
	act_time     timestamptz NOT NULL,
	sha256       bytea       NOT NULL,
	reason       text        NOT NULL,
	offset_bytes bigint      NOT NULL,
	PRIMARY KEY (tenant, complaint_id, custody_id)
);
