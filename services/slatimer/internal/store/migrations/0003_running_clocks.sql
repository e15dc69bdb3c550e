-- +goose Up

-- A firing changes state and times of a clock and nothing that an index holds, so that no index has to be written for it. What runs
-- is listed by clock_due from the first armed timer on: no clock that runs is due before that. The free part of each page takes the
-- new versions.
DROP INDEX clock_running;
ALTER TABLE clock SET (fillfactor = 50);
ALTER TABLE clock_file SET (fillfactor = 50);
