-- +goose Up

-- Fails unless a statement has changed as many rows as it was to: so a transaction that is sent in one go, and compares what it finds with
-- what was read before, does all or nothing.
-- +goose StatementBegin
CREATE FUNCTION all_of(changed bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF changed <> wanted THEN
        RAISE EXCEPTION 'of % rows, % were as expected', wanted, changed USING ERRCODE = 'serialization_failure';
    END IF;
END
$$;
-- +goose StatementEnd
