-- +goose Up

-- Editions of the public holidays that calendars are made of, as they were published; none is ever changed. Tenant '' is for all who
-- have published none of that key themselves: what Redress ships.
CREATE TABLE holiday_edition (
    tenant       text        NOT NULL,
    key          text        NOT NULL,
    edition      text        NOT NULL,
    content      jsonb       NOT NULL,
    known_through date        NOT NULL,
    source       text        NOT NULL,
    actor        text        NOT NULL,
    publish_time timestamptz NOT NULL,
    PRIMARY KEY (tenant, key, edition)
);

-- The edition that counts now. The cursor is how far the clocks that it concerns have been derived anew; NULL when all have.
CREATE TABLE holiday_current (
    tenant            text NOT NULL,
    key               text NOT NULL,
    edition           text NOT NULL,
    publish_time      timestamptz NOT NULL,
    actor             text NOT NULL,
    cause_id          text NOT NULL,
    cursor_tenant     text,
    cursor_complaint  uuid,
    PRIMARY KEY (tenant, key),
    FOREIGN KEY (tenant, key, edition) REFERENCES holiday_edition
);
