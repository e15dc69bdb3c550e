-- +goose Up
-- Answers are deleted by their age, but for those of requests whose id is made of a name (UUID version 5), as an import's are made of a row's key:
-- such a request is the same one for good. Not by a BRIN index: of a page that is used again for new answers it would go on naming the old times.
CREATE INDEX idempotency_create_time ON idempotency (create_time) WHERE get_byte(uuid_send(request_id), 6) >> 4 <> 5;
