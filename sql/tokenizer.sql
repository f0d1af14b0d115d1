-- How well does the tokenizer fit each source: tokens per word, bytes per token, share of what it does not know?
SELECT
  source,
  vocabulary,
  documents,
  tokens,
  round(fertility, 3) AS tokens_per_word,
  round(bytes_per_token, 3) AS bytes_per_token,
  round(100 * unknown_share, 3) AS percent_unknown,
  tokenizer
FROM brickyard.tokenizer_statistics
ORDER BY tokens DESC, source
