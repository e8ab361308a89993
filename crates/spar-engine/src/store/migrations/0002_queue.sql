-- Doing jobs: who has them, in which order they go, what happened to them.

-- Those who do jobs. `beat` moves while the worker is alive and has jobs: whoever watches it stand
-- still for the length of a lease may take the jobs away, and no clock of the wall is asked.
-- `liveness` is a file the worker keeps locked, so that its death shows at once. AUTOINCREMENT: a
-- number is never given away again, or an old owner could pass for a new one.
CREATE TABLE worker (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    pid        INTEGER NOT NULL,
    boot       TEXT,
    liveness   TEXT,
    beat       INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;

-- The table of jobs anew, with the payload last so that nothing has to be read past it.
--   due         place in the line while ready: the least first (policy::due)
--   waits_since when the wait for run_at was decided: a later one than now means a clock set back
--   claim       counts every claim and never goes back: with the id, the token that guards a result
--   owner       worker.id while running
CREATE TABLE job_new (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    subject      INTEGER NOT NULL,
    key          INTEGER NOT NULL,
    state        TEXT NOT NULL
        CHECK (state IN ('ready', 'scheduled', 'running', 'done', 'dead', 'cancelled', 'expired')),
    priority     INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    run_at       INTEGER NOT NULL,
    waits_since  INTEGER NOT NULL,
    expires_at   INTEGER,
    attempt      INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    claim        INTEGER NOT NULL DEFAULT 0,
    owner        INTEGER,
    rerun        INTEGER NOT NULL DEFAULT 0,
    rescued      INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    last_error   TEXT,
    payload      TEXT NOT NULL,
    CHECK ((state IN ('ready', 'scheduled', 'running')) = (finished_at IS NULL)),
    CHECK ((state = 'running') = (owner IS NOT NULL))
) STRICT;

-- Nobody did jobs before this version: what claims to run does not.
INSERT INTO job_new (id, kind, subject, key, state, priority, due, run_at, waits_since, expires_at,
    attempt, max_attempts, rerun, created_at, finished_at, last_error, payload)
SELECT id, kind, subject, key, iif(state = 'running', 'ready', state), priority,
    run_at + 6000 * max(0, min(255, priority)), run_at, created_at, expires_at,
    attempt, max_attempts, rerun, created_at, finished_at, last_error, payload
FROM job;

DROP TABLE job;
ALTER TABLE job_new RENAME TO job;

CREATE INDEX job_ready ON job (kind, due) WHERE state = 'ready';
CREATE INDEX job_scheduled ON job (run_at) WHERE state = 'scheduled';
CREATE INDEX job_set_back ON job (waits_since) WHERE state = 'scheduled';
CREATE INDEX job_running ON job (kind, subject) WHERE state = 'running';
CREATE INDEX job_expiring ON job (expires_at)
    WHERE expires_at IS NOT NULL AND state IN ('ready', 'scheduled');
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX job_dead ON job (id) WHERE state = 'dead';
CREATE UNIQUE INDEX job_unfinished ON job (subject, kind, key) WHERE finished_at IS NULL;

-- What happened to a job after it was asked for. It goes with the job.
CREATE TABLE pipeline_event (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    job_id     INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL,
    subject    INTEGER NOT NULL,
    transition TEXT NOT NULL,
    attempt    INTEGER NOT NULL,
    detail     TEXT
) STRICT;

CREATE INDEX pipeline_event_by_job ON pipeline_event (job_id);

-- Kinds nobody may begin; '*' for all of them.
CREATE TABLE paused_kind (
    kind TEXT NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

-- Work done once in each period: the last period it was asked for.
CREATE TABLE schedule (
    kind   TEXT NOT NULL PRIMARY KEY,
    period INTEGER NOT NULL
) STRICT;
