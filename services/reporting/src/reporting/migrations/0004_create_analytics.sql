-- What analysts see: views only, explained column by column, beside tables they cannot reach. New schema: nothing is locked.
CREATE SCHEMA analytics;
COMMENT ON SCHEMA analytics IS
    'Figures of Kentongan for analysts. Every number follows from the events of topic complaints and can be recomputed.';

CREATE FUNCTION analytics.clock_result(due timestamptz, done timestamptz, ended timestamptz, moment timestamptz)
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN due IS NULL THEN NULL
    WHEN done <= due THEN 'met'
    WHEN done > due THEN 'missed'
    WHEN ended <= due THEN 'stopped'
    WHEN ended > due OR moment > due THEN 'missed'
    ELSE 'running'
END;
COMMENT ON FUNCTION analytics.clock_result IS
    'met: done by the due time. missed: done later, or not done and the due time has passed. running: not done, still time. stopped: the complaint ended before the due time, nothing was owed any more. Null: no such promise was made.';

CREATE VIEW analytics.complaint_current AS
SELECT
    id,
    code,
    classification,
    category,
    area,
    visibility,
    channel,
    state,
    nullif(agency, '') AS agency,
    filed_at,
    filed_day,
    verified_at,
    forwarded_at,
    first_response_at,
    final_response_at,
    reporter_replied_at,
    closed_at,
    outcome,
    response_seconds,
    verification_due,
    analytics.clock_result(verification_due, coalesce(verified_at, forwarded_at), closed_at, now())
        AS verification_result,
    first_response_due,
    analytics.clock_result(first_response_due, first_response_at, closed_at, now()) AS first_response_result,
    reporter_reply_due,
    analytics.clock_result(reporter_reply_due, reporter_replied_at, closed_at, now()) AS reporter_reply_result,
    resolution_due,
    analytics.clock_result(resolution_due, final_response_at, closed_at, now()) AS resolution_result,
    answer_due,
    coalesce(answer_due < now(), false) AS overdue,
    hops,
    refusals,
    escalations,
    disputes,
    reopenings,
    supporters,
    rating,
    intake_version,
    routing_version,
    partition AS log_partition,
    record_offset AS log_offset
FROM public.complaint_current;

COMMENT ON VIEW analytics.complaint_current IS
    'One row per complaint, aspiration or information request: where it stands now, what was promised, what was kept. Times are UTC. Source: the fold of all events of the complaint in topic complaints. Secret complaints are counted here with no code and no place finer than the regency; never publish a cell that counts fewer than 5 complaints.';
COMMENT ON COLUMN analytics.complaint_current.id IS 'Id of the complaint (UUIDv7). Gives no access to it. Source: subject of its events.';
COMMENT ON COLUMN analytics.complaint_current.code IS 'Public code, e.g. KTG-35.04-7K2M-9QX4. Null for secret complaints: reporting never stores theirs. Source: ComplaintFiled.';
COMMENT ON COLUMN analytics.complaint_current.classification IS 'complaint, aspiration or information_request, as corrected at verification. Source: ComplaintFiled, ComplaintVerified.';
COMMENT ON COLUMN analytics.complaint_current.category IS 'Code of the category, as corrected at verification, e.g. jalan-rusak. Source: ComplaintFiled, ComplaintVerified.';
COMMENT ON COLUMN analytics.complaint_current.area IS 'Kemendagri code of the area it is about, e.g. 35.04.02.2004; of secret complaints the regency only, e.g. 35.04. Source: ComplaintFiled.';
COMMENT ON COLUMN analytics.complaint_current.visibility IS 'named (the agency sees who filed), anonymous (only intake does) or secret (not public). Source: ComplaintFiled.';
COMMENT ON COLUMN analytics.complaint_current.channel IS 'How it came in: web, api, open311, counter or import. Source: ComplaintFiled.';
COMMENT ON COLUMN analytics.complaint_current.state IS 'filed, held (the reporter was asked), verified, forwarded, returned, in_progress (an answer that is not final), answered, disputed, reopened or closed. Source: the newest event.';
COMMENT ON COLUMN analytics.complaint_current.agency IS 'Code of the agency that has it now; null before it is first forwarded. Join with analytics.agencies.code. Source: the newest of ComplaintForwarded, ComplaintReturned, OwnershipArbitrated, ComplaintReopened, ComplaintClosed.';
COMMENT ON COLUMN analytics.complaint_current.filed_at IS 'When it was filed (business time). Source: time of ComplaintFiled.';
COMMENT ON COLUMN analytics.complaint_current.filed_day IS 'Calendar day on which it was filed, in the time zone (WIB, WITA or WIT) of its area.';
COMMENT ON COLUMN analytics.complaint_current.verified_at IS 'When an officer first found it complete and in scope; null before. Source: time of ComplaintVerified.';
COMMENT ON COLUMN analytics.complaint_current.forwarded_at IS 'When it was first sent to an agency; null before. Source: time of ComplaintForwarded or OwnershipArbitrated.';
COMMENT ON COLUMN analytics.complaint_current.first_response_at IS 'When an agency first answered, finally or not; null before. Source: time of the first ResponseGiven.';
COMMENT ON COLUMN analytics.complaint_current.final_response_at IS 'When the agency last declared the matter resolved; null before, and again after it is reopened. Source: time of ResponseGiven with final = true.';
COMMENT ON COLUMN analytics.complaint_current.reporter_replied_at IS 'When the reporter last replied, confirmed or disputed after being asked or answered; null while that is awaited. Source: ReporterReplied, ResolutionConfirmed, ResolutionDisputed.';
COMMENT ON COLUMN analytics.complaint_current.closed_at IS 'When it ended; null while open. Source: time of ComplaintClosed, ComplaintArchived or ComplaintWithdrawn, whichever came first.';
COMMENT ON COLUMN analytics.complaint_current.outcome IS 'How it ended: resolved_confirmed, closed_silent (no reply in the window: never count it as resolved), dispute_rejected, archived or withdrawn; null while open.';
COMMENT ON COLUMN analytics.complaint_current.response_seconds IS 'Seconds from filed_at to first_response_at, whole, never negative; null while unanswered. Around the clock, not working hours. Median: percentile_cont(0.5) WITHIN GROUP (ORDER BY response_seconds).';
COMMENT ON COLUMN analytics.complaint_current.verification_due IS 'Until when it must be verified. Promised when it was filed, by the policy in force then.';
COMMENT ON COLUMN analytics.complaint_current.verification_result IS 'met, missed, running or stopped at the moment of the query (see analytics.clock_result); done when verified or forwarded.';
COMMENT ON COLUMN analytics.complaint_current.first_response_due IS 'Until when an agency must answer for the first time. Set when it is first forwarded; passing it on does not move it.';
COMMENT ON COLUMN analytics.complaint_current.first_response_result IS 'met, missed, running or stopped at the moment of the query; done when first answered.';
COMMENT ON COLUMN analytics.complaint_current.reporter_reply_due IS 'Until when the reporter may reply or complete what is missing. The reporter''s clock, not the agency''s.';
COMMENT ON COLUMN analytics.complaint_current.reporter_reply_result IS 'met, missed, running or stopped at the moment of the query; done when the reporter replied, confirmed or disputed.';
COMMENT ON COLUMN analytics.complaint_current.resolution_due IS 'Until when it must be resolved. Promised when it was filed; a reopening sets it anew.';
COMMENT ON COLUMN analytics.complaint_current.resolution_result IS 'met, missed, running or stopped at the moment of the query; done with the final answer.';
COMMENT ON COLUMN analytics.complaint_current.answer_due IS 'The earliest promise to the reporter that is still owed while nobody has answered; null once answered or ended, and while the reporter is asked to complete something.';
COMMENT ON COLUMN analytics.complaint_current.overdue IS 'True when nobody has answered and answer_due has passed at the moment of the query. Computed from due and done times, never from DeadlineMissed.';
COMMENT ON COLUMN analytics.complaint_current.hops IS 'How many times it has changed hands. Source: hop of the newest ComplaintForwarded, ComplaintReturned or OwnershipArbitrated.';
COMMENT ON COLUMN analytics.complaint_current.refusals IS 'How many agencies have returned it as not theirs. Source: ComplaintReturned.';
COMMENT ON COLUMN analytics.complaint_current.escalations IS 'How many times an agency above was called in because a clock ran out. Source: ComplaintEscalated.';
COMMENT ON COLUMN analytics.complaint_current.disputes IS 'How many times the reporter said that the answer does not resolve the matter. Source: ResolutionDisputed.';
COMMENT ON COLUMN analytics.complaint_current.reopenings IS 'How many times it was taken up again. Source: ComplaintReopened.';
COMMENT ON COLUMN analytics.complaint_current.supporters IS 'How many others said that they have the same problem. Source: ComplaintSupported.';
COMMENT ON COLUMN analytics.complaint_current.rating IS 'Newest rating by the reporter, 1 (very bad) to 5 (very good); null when not rated: never count that as good. Source: ResponseRated.';
COMMENT ON COLUMN analytics.complaint_current.intake_version IS 'Version of the newest event of intake that changed this row.';
COMMENT ON COLUMN analytics.complaint_current.routing_version IS 'Version of the newest event of routing that changed this row; 0 before there is one.';
COMMENT ON COLUMN analytics.complaint_current.log_partition IS 'Partition of topic complaints in which all its events stand.';
COMMENT ON COLUMN analytics.complaint_current.log_offset IS 'Offset of the newest event that changed this row: the row can be recomputed from the log up to here.';

CREATE VIEW analytics.agencies AS
SELECT code, name_id, name_en, parent, tier, areas, categories, training, active FROM public.agencies;

COMMENT ON VIEW analytics.agencies IS 'The tree of agencies, newest state of each. Source: topic agencies (AgencyRegistered, AgencyChanged).';
COMMENT ON COLUMN analytics.agencies.code IS 'Code of the agency, unique, e.g. 35.04.dlh.';
COMMENT ON COLUMN analytics.agencies.name_id IS 'Name in Indonesian.';
COMMENT ON COLUMN analytics.agencies.name_en IS 'Name in English.';
COMMENT ON COLUMN analytics.agencies.parent IS 'Code of the agency above; null for the national root.';
COMMENT ON COLUMN analytics.agencies.tier IS 'Depth in the tree, 0 = national.';
COMMENT ON COLUMN analytics.agencies.areas IS 'Kemendagri codes of the areas it covers, with all areas below them.';
COMMENT ON COLUMN analytics.agencies.categories IS 'Codes of the categories it handles; empty = any.';
COMMENT ON COLUMN analytics.agencies.training IS 'True for a sandbox: leave it out of every figure.';
COMMENT ON COLUMN analytics.agencies.active IS 'False once it has been retired.';

CREATE VIEW analytics.agency_daily AS
SELECT
    nullif(daily.agency, '') AS agency,
    known.name_id AS agency_name_id,
    known.name_en AS agency_name_en,
    coalesce(known.training, false) AS training,
    daily.day,
    daily.received,
    daily.verified,
    daily.answered,
    daily.answered_in_time,
    daily.answered_late,
    daily.closed_unanswered,
    daily.received - daily.answered - daily.closed_unanswered AS unanswered,
    coalesce(late.overdue, 0) AS overdue,
    daily.confirmed,
    daily.closed_silent,
    daily.response_seconds AS response_seconds_sum,
    daily.responses
FROM public.agency_daily AS daily
LEFT JOIN public.agencies AS known ON known.code = daily.agency
LEFT JOIN (
    SELECT agency, filed_day, count(*)::integer AS overdue
    FROM public.complaint_current
    WHERE answer_due < now()
    GROUP BY agency, filed_day
) AS late ON late.agency = daily.agency AND late.filed_day = daily.day;

COMMENT ON VIEW analytics.agency_daily IS
    'Per agency and local day. Each complaint counts once, on the day it was filed, for the agency that has it now: when it changes hands its counts move with it, so shares never exceed 100 %. Only responses counts by the day of the answer. Add days and agencies up freely; never average shares or medians: recompute them from sums, or from analytics.complaint_current.';
COMMENT ON COLUMN analytics.agency_daily.agency IS 'Code of the agency; null for complaints no agency has yet.';
COMMENT ON COLUMN analytics.agency_daily.agency_name_id IS 'Name of the agency in Indonesian.';
COMMENT ON COLUMN analytics.agency_daily.agency_name_en IS 'Name of the agency in English.';
COMMENT ON COLUMN analytics.agency_daily.training IS 'True for a sandbox: leave it out of every figure.';
COMMENT ON COLUMN analytics.agency_daily.day IS 'Calendar day in the time zone (WIB, WITA or WIT) of each complaint''s area.';
COMMENT ON COLUMN analytics.agency_daily.received IS 'Complaints filed on this day that the agency has now.';
COMMENT ON COLUMN analytics.agency_daily.verified IS 'Of received: found complete and in scope.';
COMMENT ON COLUMN analytics.agency_daily.answered IS 'Of received: answered at least once, finally or not.';
COMMENT ON COLUMN analytics.agency_daily.answered_in_time IS 'Of answered: by first_response_due.';
COMMENT ON COLUMN analytics.agency_daily.answered_late IS 'Of answered: after first_response_due. Answers without a due time are in answered only.';
COMMENT ON COLUMN analytics.agency_daily.closed_unanswered IS 'Of received: ended without any answer (archived, withdrawn).';
COMMENT ON COLUMN analytics.agency_daily.unanswered IS 'Of received: open and not answered yet = received - answered - closed_unanswered.';
COMMENT ON COLUMN analytics.agency_daily.overdue IS 'Of unanswered: a promise has passed at the moment of the query (complaint_current.overdue).';
COMMENT ON COLUMN analytics.agency_daily.confirmed IS 'Of received: the reporter confirmed that it is resolved.';
COMMENT ON COLUMN analytics.agency_daily.closed_silent IS 'Of received: closed because the reporter did not reply; not the same as resolved.';
COMMENT ON COLUMN analytics.agency_daily.response_seconds_sum IS 'Sum of response_seconds over answered, seconds; divide by answered for the mean.';
COMMENT ON COLUMN analytics.agency_daily.responses IS 'First answers given on this day to complaints of any day that the agency has now.';

CREATE VIEW analytics.freshness AS
SELECT group_name, topic, partition, next_offset, moved_at FROM public.consumer_offsets;

COMMENT ON VIEW analytics.freshness IS 'Up to where the events have been applied; read it in the transaction of a query to say what the result stands on.';
COMMENT ON COLUMN analytics.freshness.group_name IS 'reporting.projections keeps complaints and counters, reporting.agencies the tree.';
COMMENT ON COLUMN analytics.freshness.topic IS 'Kafka topic.';
COMMENT ON COLUMN analytics.freshness.partition IS 'Partition of the topic, from 0.';
COMMENT ON COLUMN analytics.freshness.next_offset IS 'Offset of the first event not applied: of topic complaints also the number of events applied.';
COMMENT ON COLUMN analytics.freshness.moved_at IS 'When the newest batch of the partition was applied.';
