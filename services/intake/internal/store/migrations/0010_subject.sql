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
