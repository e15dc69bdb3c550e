-- +goose Up

-- What was done with editions, and by whom: the whole truth about which are active. kind: 1 published, 2 activation requested,
-- 3 approved, 4 rejected, 5 the procedure retired. effective_time is from when it holds or is asked to hold; NULL where there is none.
CREATE TABLE edition_act (
	act_id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant         text        NOT NULL,
	procedure      text        NOT NULL,
	digest         text        NOT NULL,
	kind           smallint    NOT NULL,
	actor          text        NOT NULL,
	act_time       timestamptz NOT NULL,
	effective_time timestamptz,
	reason         text        NOT NULL
);
CREATE INDEX edition_act_procedure ON edition_act (tenant, procedure, act_id);
-- Every registration looks for the last decision that has taken effect.
CREATE INDEX edition_act_decision ON edition_act (tenant, procedure, effective_time DESC, act_id DESC) WHERE kind IN (3, 5);

-- Editions that were published before had no second person.
INSERT INTO edition_act (tenant, procedure, digest, kind, actor, act_time, reason)
SELECT tenant, procedure, digest, 1, '', publish_time, '' FROM edition ORDER BY publish_time;
INSERT INTO edition_act (tenant, procedure, digest, kind, actor, act_time, effective_time, reason)
SELECT e.tenant, e.procedure, e.digest, 3, '', e.publish_time, e.publish_time, ''
FROM active_edition a JOIN edition e USING (tenant, procedure, digest);

-- The head of a procedure: locked by whoever does something with its editions; event_version counts the events about it.
ALTER TABLE active_edition RENAME TO procedure_head;
ALTER TABLE procedure_head DROP COLUMN digest;
