-- +goose Up

-- What forms print is data, not read from a line's words: the number of the complaint or action, and what a visit that has ended found,
-- in the order of the contract's VisitOutcome; 0 on every other line.
ALTER TABLE complaint_fact ADD COLUMN number text NOT NULL DEFAULT '';
ALTER TABLE timeline ADD COLUMN visit_outcome smallint NOT NULL DEFAULT 0;

-- The new keys of steps by their old ones, on the line of a migration that renames some: a form of the new edition asks for the new ones.
-- Of migrations before this one they are not known.
ALTER TABLE timeline ADD COLUMN steps jsonb;

UPDATE complaint_fact f SET number = split_part(t.detail, ', ', 1)
FROM timeline t
WHERE t.tenant = f.tenant AND t.complaint_id = f.complaint_id
    AND t.type IN ('redress.intake.v1.ComplaintRegistered', 'redress.followup.v1.ActionOpened');

UPDATE timeline SET visit_outcome = array_position(ARRAY['satisfied', 'dissatisfied', 'unreached'], split_part(detail, ', ', 1))
WHERE type = 'redress.followup.v1.VisitRecorded' AND detail NOT LIKE '%to be tried again';

-- An edition is known from its publication on: what people enter and read by it (scorecards) does not wait for a complaint. first_time is
-- NULL before its first complaint.
ALTER TABLE known_edition ALTER COLUMN first_time DROP NOT NULL;
ALTER TABLE known_edition ADD COLUMN publish_time timestamptz;
ALTER TABLE known_edition ADD COLUMN activate_time timestamptz;
