-- +goose Up

-- Who opened a session first ("system:gateway-1"): nobody else may resume it. Empty in sessions of the time before; who opens one next has it.
ALTER TABLE intake_session ADD COLUMN opener text NOT NULL DEFAULT '';
