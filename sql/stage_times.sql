-- How long did each stage of a run take, and what did it count?
-- :run_id is in the summary of the run
SELECT
  m.stage,
  m.rows_in,
  m.rows_out,
  round(m.seconds, 1) AS seconds,
  to_json(m.reasons) AS counted
FROM brickyard.stage_metrics AS m
WHERE m.run_id = :run_id
ORDER BY m.seconds DESC
