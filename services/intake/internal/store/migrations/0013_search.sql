-- +goose Up

-- What complaints are found by: hashes of words under a key that is not here. Written behind the registration by a loop that reads
-- event_stream; erasing a person deletes the row.
CREATE TABLE complaint_search (
	tenant       text     NOT NULL,
	complaint_id uuid     NOT NULL,
	hashes       bigint[] NOT NULL,
	PRIMARY KEY (tenant, complaint_id)
);
CREATE INDEX complaint_search_hashes ON complaint_search USING gin (hashes) WITH (fastupdate = on);

-- How far that loop has come in each part, and what it indexes: with another setting it begins again.
CREATE TABLE search_cursor (
	part    smallint PRIMARY KEY,
	seq     bigint   NOT NULL,
	content text     NOT NULL
) WITH (fillfactor = 20);
INSERT INTO search_cursor (part, seq, content) SELECT part, 0, '' FROM generate_series(0, 15) AS part;
