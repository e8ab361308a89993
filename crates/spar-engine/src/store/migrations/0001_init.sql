-- The first released schema. Migrations go forward only: a change is a new file, never an edit here.
-- Conventions: row ids are integers and stay inside; public ids are UUID text; times are integer
-- milliseconds UTC; scores are integer tenths; money is integer micro-dollars.

-- "spar" in ASCII, so that a database of another program is recognised and left alone.
PRAGMA application_id = 1936744818;

-- A scenario exactly as it was played; missions of the same scenario share one row.
CREATE TABLE scenario_snapshot (
    hash        TEXT NOT NULL PRIMARY KEY,
    scenario_id TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;

-- A run of missions bounded by idle time.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    public_id  TEXT NOT NULL UNIQUE,
    user_id    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;

CREATE INDEX session_open ON session (user_id) WHERE ended_at IS NULL;

-- One play of a scenario. `next_seq` is the number of its events: whoever appends must name it.
CREATE TABLE mission (
    id             INTEGER PRIMARY KEY,
    public_id      TEXT NOT NULL UNIQUE,
    session_id     INTEGER REFERENCES session (id),
    user_id        TEXT NOT NULL,
    scenario_id    TEXT NOT NULL,
    scenario_title TEXT NOT NULL,
    snapshot_hash  TEXT NOT NULL REFERENCES scenario_snapshot (hash),
    seed           INTEGER NOT NULL,
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    run_label      TEXT,
    status         TEXT NOT NULL CHECK (status IN ('active', 'paused', 'ended')),
    ending         TEXT,
    score_tenths   INTEGER CHECK (score_tenths BETWEEN 0 AND 1000),
    turns          INTEGER NOT NULL,
    next_seq       INTEGER NOT NULL,
    started_at     INTEGER NOT NULL,
    last_at        INTEGER NOT NULL,
    ended_at       INTEGER,
    CHECK ((status = 'ended') = (ended_at IS NOT NULL))
) STRICT;

CREATE INDEX mission_unfinished ON mission (id) WHERE status <> 'ended';
CREATE INDEX mission_by_session ON mission (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX mission_by_snapshot ON mission (snapshot_hash);

-- What happened. Rows are ordinary (not WITHOUT ROWID): bodies of about a kilobyte would spill out
-- of index pages, and new rows of all missions then go to the end of one tree.
CREATE TABLE mission_event (
    mission_id INTEGER NOT NULL REFERENCES mission (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    turn       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (mission_id, seq)
) STRICT;

CREATE TRIGGER mission_event_is_append_only BEFORE UPDATE ON mission_event
BEGIN
    SELECT RAISE(ABORT, 'mission events are append-only');
END;

-- Work behind the chat. `priority` 0 runs first. `subject` is the row the work is about (for kinds
-- about a mission: mission.id); `key` tells apart jobs of one kind about one subject. Each partial
-- index holds only the rows its query looks for, so that finished jobs cost the claim nothing.
-- AUTOINCREMENT: the number of a deleted job is never given away again, or a worker that still has
-- the old one could acknowledge the new one.
CREATE TABLE job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    subject      INTEGER NOT NULL,
    key          INTEGER NOT NULL,
    state        TEXT NOT NULL
        CHECK (state IN ('ready', 'scheduled', 'running', 'done', 'dead', 'cancelled', 'expired')),
    priority     INTEGER NOT NULL,
    run_at       INTEGER NOT NULL,
    expires_at   INTEGER,
    attempt      INTEGER NOT NULL DEFAULT 0,
    max_attempts INTEGER NOT NULL,
    lease_until  INTEGER,
    owner        TEXT,
    rerun        INTEGER NOT NULL DEFAULT 0,
    last_error   TEXT,
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    payload      TEXT NOT NULL,
    CHECK ((state IN ('ready', 'scheduled', 'running')) = (finished_at IS NULL))
) STRICT;

CREATE INDEX job_ready ON job (priority, id) WHERE state = 'ready';
CREATE INDEX job_scheduled ON job (run_at) WHERE state = 'scheduled';
CREATE INDEX job_running ON job (lease_until) WHERE state = 'running';
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
CREATE UNIQUE INDEX job_unfinished ON job (subject, kind, key) WHERE finished_at IS NULL;

-- One row per call of a model.
CREATE TABLE prompt_run (
    id             INTEGER PRIMARY KEY,
    request_id     TEXT NOT NULL,
    mission_id     INTEGER REFERENCES mission (id) ON DELETE CASCADE,
    turn           INTEGER,
    task           TEXT NOT NULL,
    role           TEXT NOT NULL,
    provider       TEXT NOT NULL,
    model          TEXT NOT NULL,
    prompt_hash    TEXT,
    prompt_version TEXT,
    rubric_version TEXT,
    tokens_in      INTEGER,
    tokens_out     INTEGER,
    tokens_cached  INTEGER,
    latency_ms     REAL,
    ttft_ms        REAL,
    cost_micro_usd INTEGER,
    status         TEXT NOT NULL,
    error          TEXT,
    at             INTEGER NOT NULL
) STRICT;

CREATE INDEX prompt_run_by_mission ON prompt_run (mission_id) WHERE mission_id IS NOT NULL;

-- One row a turn, for people with a SQL prompt. The tier follows the table of bands and is NULL
-- below the confidence from which tiers are shown; a test compares it with the program's own.
CREATE VIEW turn AS
SELECT
    event.mission_id,
    mission.public_id AS mission,
    event.turn,
    max(CASE WHEN event.kind = 'user_spoke' THEN event.at END) AS at,
    max(CASE WHEN event.kind = 'user_spoke' THEN event.body ->> '$.text' END) AS user_text,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.text' END) AS reply,
    max(CASE WHEN event.kind = 'turn_read' THEN event.body ->> '$.reading.score' END) AS score,
    max(CASE WHEN event.kind = 'turn_read' THEN event.body ->> '$.reading.confidence' END)
        AS confidence,
    max(CASE
        WHEN event.kind <> 'turn_read' OR event.body ->> '$.reading.confidence' < 0.4 THEN NULL
        WHEN event.body ->> '$.reading.score' >= 95 THEN 'S+'
        WHEN event.body ->> '$.reading.score' >= 85 THEN 'S'
        WHEN event.body ->> '$.reading.score' >= 75 THEN 'A'
        WHEN event.body ->> '$.reading.score' >= 60 THEN 'B'
        WHEN event.body ->> '$.reading.score' >= 40 THEN 'C'
        ELSE 'D'
    END) AS tier,
    max(CASE WHEN event.kind = 'turn_read' THEN event.body ->> '$.reading.deltas.mood' END)
        AS mood_delta,
    max(CASE WHEN event.kind = 'turn_read' THEN event.body ->> '$.reading.deltas.tension' END)
        AS tension_delta,
    max(CASE WHEN event.kind = 'turn_read' THEN event.body ->> '$.reading.deltas.comfort' END)
        AS comfort_delta,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.degraded' END)
        AS degraded,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.provider' END)
        AS provider,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.model' END) AS model,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.timings.ttft_ms' END)
        AS ttft_ms,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.timings.total_ms' END)
        AS total_ms,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.timings.own_us' END)
        AS own_us,
    max(CASE WHEN event.kind = 'persona_spoke' THEN event.body ->> '$.line.cost' END)
        AS cost_micro_usd
FROM mission_event AS event
JOIN mission ON mission.id = event.mission_id
WHERE event.turn > 0
GROUP BY event.mission_id, event.turn, mission.public_id;

-- One row a session.
CREATE VIEW session_overview AS
SELECT
    session.public_id AS session,
    session.user_id,
    session.started_at,
    max(session.last_at, coalesce(max(mission.last_at), session.last_at)) AS last_at,
    session.ended_at,
    count(mission.id) AS missions,
    coalesce(sum(mission.status = 'ended'), 0) AS ended_missions,
    coalesce(sum(mission.turns), 0) AS turns,
    avg(mission.score_tenths) / 10.0 AS mean_score
FROM session
LEFT JOIN mission ON mission.session_id = session.id
GROUP BY session.id;
