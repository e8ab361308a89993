-- The newest schema at once, for a database that is new: what the migrations make of nothing, without
-- the way there. They say why it is as it is; a test holds this to what they come to.

PRAGMA application_id = 1936744818;

CREATE TABLE scenario_snapshot (
    hash        TEXT NOT NULL PRIMARY KEY,
    scenario_id TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;

CREATE TABLE session (
    id         INTEGER PRIMARY KEY,
    public_id  TEXT NOT NULL UNIQUE,
    user_id    TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    ended_at   INTEGER
) STRICT;

CREATE INDEX session_open ON session (user_id) WHERE ended_at IS NULL;

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

CREATE TABLE worker (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    pid        INTEGER NOT NULL,
    boot       TEXT,
    liveness   TEXT,
    beat       INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE "job" (
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

CREATE INDEX job_ready ON job (kind, due) WHERE state = 'ready';

CREATE INDEX job_scheduled ON job (run_at) WHERE state = 'scheduled';

CREATE INDEX job_set_back ON job (waits_since) WHERE state = 'scheduled';

CREATE INDEX job_running ON job (kind, subject) WHERE state = 'running';

CREATE INDEX job_expiring ON job (expires_at)
    WHERE expires_at IS NOT NULL AND state IN ('ready', 'scheduled');

CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;

CREATE INDEX job_dead ON job (id) WHERE state = 'dead';

CREATE UNIQUE INDEX job_unfinished ON job (subject, kind, key) WHERE finished_at IS NULL;

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

CREATE TABLE paused_kind (
    kind TEXT NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

CREATE TABLE schedule (
    kind   TEXT NOT NULL PRIMARY KEY,
    period INTEGER NOT NULL
) STRICT;

CREATE TABLE analysis_pass (
    mission_id INTEGER PRIMARY KEY REFERENCES mission (id) ON DELETE CASCADE,
    pass       INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    through    INTEGER NOT NULL,
    is_final   INTEGER NOT NULL,
    forced     INTEGER NOT NULL,
    priority   INTEGER NOT NULL,
    at         INTEGER NOT NULL
) STRICT;

CREATE TABLE analysis_result (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    mission_id  INTEGER NOT NULL REFERENCES mission (id) ON DELETE CASCADE,
    stage       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    pass        INTEGER NOT NULL,
    through     INTEGER NOT NULL,
    provisional INTEGER NOT NULL,
    body        TEXT NOT NULL,
    at          INTEGER NOT NULL,
    UNIQUE (mission_id, stage, version)
) STRICT;

CREATE TRIGGER analysis_result_is_append_only BEFORE UPDATE ON analysis_result
BEGIN
    SELECT RAISE(ABORT, 'analysis results are append-only');
END;

CREATE TABLE generation_metadata (
    id                INTEGER PRIMARY KEY,
    owner_kind        TEXT NOT NULL,
    owner_id          INTEGER NOT NULL,
    strategy          TEXT NOT NULL CHECK (strategy IN ('offline', 'model', 'mixed')),
    reason            TEXT,
    model             TEXT,
    role              TEXT,
    profile           TEXT NOT NULL,
    missions_analysed INTEGER NOT NULL,
    total_missions    INTEGER NOT NULL,
    last_mission      INTEGER,
    duration_ms       REAL NOT NULL,
    cost_micro_usd    INTEGER,
    prompt_version    TEXT,
    prompt_hash       TEXT,
    problems          TEXT NOT NULL,
    UNIQUE (owner_kind, owner_id)
) STRICT;

CREATE TRIGGER analysis_result_takes_its_metadata AFTER DELETE ON analysis_result
BEGIN
    DELETE FROM generation_metadata WHERE owner_kind = 'analysis_result' AND owner_id = OLD.id;
END;

CREATE TABLE stage_run (
    id          INTEGER PRIMARY KEY,
    mission_id  INTEGER NOT NULL REFERENCES mission (id) ON DELETE CASCADE,
    stage       TEXT NOT NULL,
    pass        INTEGER NOT NULL,
    through     INTEGER NOT NULL,
    job_id      INTEGER,
    attempt     INTEGER NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('started', 'completed', 'deferred', 'failed')),
    started_at  INTEGER NOT NULL,
    duration_ms REAL,
    error       TEXT,
    CHECK ((status = 'started') = (duration_ms IS NULL))
) STRICT;

CREATE INDEX stage_run_by_mission ON stage_run (mission_id, stage);

CREATE TABLE stage_progress (
    mission_id       INTEGER NOT NULL REFERENCES mission (id) ON DELETE CASCADE,
    stage            TEXT NOT NULL,
    settled_pass     INTEGER NOT NULL,
    outcome          TEXT NOT NULL CHECK (outcome IN ('done', 'provisional', 'failed')),
    analyzed_through INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    error            TEXT,
    deferred_since   INTEGER,
    deferrals        INTEGER NOT NULL,
    PRIMARY KEY (mission_id, stage)
) STRICT, WITHOUT ROWID;

CREATE VIEW mission_analysis AS
SELECT
    mission.public_id AS mission,
    mission.turns,
    coalesce((
        SELECT CASE WHEN count(*) = 7 THEN min(progress.analyzed_through) ELSE 0 END
        FROM stage_progress AS progress
        WHERE progress.mission_id = mission.id AND progress.stage IN (
            'mood_timeline', 'turn_impact', 'traits', 'gates', 'topics', 'breakthroughs',
            'action_summary')
    ), 0) AS last_analyzed_turn,
    (SELECT count(*) FROM stage_progress AS progress
        WHERE progress.mission_id = mission.id AND progress.outcome = 'failed') AS failed_stages
FROM mission;

CREATE INDEX prompt_run_billed ON prompt_run (at, cost_micro_usd) WHERE cost_micro_usd IS NOT NULL;

CREATE INDEX mission_history ON mission (user_id, ended_at)
    WHERE run_label IS NULL AND ended_at IS NOT NULL;

CREATE INDEX snapshot_category ON scenario_snapshot (body ->> '$.category');
