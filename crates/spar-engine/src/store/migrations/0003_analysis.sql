-- What analyzers leave: results in versions, how each was made, the log of the stages, and how far
-- each has come.

-- A pass over a mission: its stages all look at the first `seq` events. One row a mission: the newest
-- pass. `priority` is that of the most urgent of those who want it.
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

-- Results are never edited: a new one is a new version. AUTOINCREMENT: `generation_metadata` knows
-- its owner by number, and a number is never given away twice.
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

-- How something was made, whatever it is: one row for exactly one owner. The owner's table deletes
-- its row.
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

-- The log of the stages. A stage that asks a model is noted when it begins; one that is computed is
-- noted with its end, in the transaction of its result.
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

-- How far a stage has come. `settled_pass` is the newest pass it has come to an end in, well or not;
-- `analyzed_through` moves only with a result that stands.
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

-- For people with a SQL prompt: how far a mission is analysed. A test compares the stages with the
-- program's own.
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

-- The day's bill. Calls without a price are left out: they add nothing.
CREATE INDEX prompt_run_billed ON prompt_run (at, cost_micro_usd) WHERE cost_micro_usd IS NOT NULL;

-- A person's history: missions that are over, of nobody's run.
CREATE INDEX mission_history ON mission (user_id, ended_at)
    WHERE run_label IS NULL AND ended_at IS NOT NULL;
-- Missions of one walk of life are found by their scenarios.
CREATE INDEX snapshot_category ON scenario_snapshot (body ->> '$.category');
