<?php
// Asks what standard input says over PHP's pgsql or PDO: see talk.py for the lines.
// php pgsql.php PORT params|prepare|pdo|emulated
[, $port, $how] = $argv;

function unescape($s) { return preg_replace_callback('/\\\\(.)/s', fn($m) => ['t' => "\t", 'n' => "\n", 'r' => "\r"][$m[1]] ?? $m[1], $s); }
function escape($s) { return strtr($s, ["\\" => "\\\\", "\t" => "\\t", "\n" => "\\n", "\r" => "\\r"]); }
function shown($v) { return $v === null ? "\\N" : escape(is_bool($v) ? ($v ? 't' : 'f') : (is_resource($v) ? bin2hex(stream_get_contents($v)) : (string)$v)); }

function value($field) {
	[$type, $text] = explode(':', $field, 2);
	if ($type === 'null') return null;
	if ($type === 'ints' || $type === 'texts') return '{' . substr($text, 1, -1) . '}';
	if ($type === 'bytes') return "\\x" . $text;
	return $text;
}

function over_pgsql($link, $sql, $values, $how) {
	static $count = 0;
	if ($how === 'prepare') {
		$name = 'p' . ++$count;
		pg_send_prepare($link, $name, $sql);
		$result = pg_get_result($link);
		while (pg_get_result($link));
		if (pg_result_error_field($result, PGSQL_DIAG_SQLSTATE) === null || pg_result_status($result) === PGSQL_COMMAND_OK)
			pg_send_execute($link, $name, $values);
	} else {
		pg_send_query_params($link, $sql, $values);
	}
	if (isset($result) && pg_result_status($result) !== PGSQL_COMMAND_OK)
		return ['error', pg_result_error_field($result, PGSQL_DIAG_SQLSTATE), escape(pg_result_error($result))];
	$result = pg_get_result($link);
	while (pg_get_result($link));
	$state = pg_result_error_field($result, PGSQL_DIAG_SQLSTATE);
	if ($state)
		return ['error', $state, escape(pg_result_error($result))];
	$out = ['ok', (string)pg_num_fields($result)];
	for ($i = 0; $i < pg_num_fields($result); $i++)
		$out[] = escape(pg_field_name($result, $i) . ' ' . pg_field_type_oid($result, $i));
	while ($row = pg_fetch_row($result))
		foreach ($row as $v) $out[] = shown($v);
	return $out;
}

function over_pdo($pdo, $sql, $values) {
	try {
		$st = $pdo->prepare($sql);
		foreach ($values as $i => $v) $st->bindValue($i + 1, $v);
		$st->execute();
		$out = ['ok', (string)$st->columnCount()];
		for ($i = 0; $i < $st->columnCount(); $i++) {
			$meta = $st->getColumnMeta($i);
			$out[] = escape($meta['name'] . ' ' . $meta['pgsql:oid']);
		}
		foreach ($st->fetchAll(PDO::FETCH_NUM) as $row)
			foreach ($row as $v) $out[] = shown($v);
		return $out;
	} catch (PDOException $e) {
		return ['error', (string)$e->getCode(), escape($e->getMessage())];
	}
}

$pdo = $link = null;
if ($how === 'pdo' || $how === 'emulated')
	$pdo = new PDO("pgsql:host=127.0.0.1;port=$port;dbname=live;user=postgres", null, null, [PDO::ATTR_EMULATE_PREPARES => $how === 'emulated']);
else
	$link = pg_connect("host=127.0.0.1 port=$port dbname=live user=postgres");
while (($line = fgets(STDIN)) !== false) {
	$fields = array_map('unescape', explode("\t", rtrim($line, "\n")));
	$sql = array_shift($fields);
	$values = array_map('value', $fields);
	if ($pdo) {
		$pdo->exec('BEGIN');
		$out = over_pdo($pdo, $sql, $values);
		$pdo->exec('ROLLBACK');
	} else {
		pg_query($link, 'BEGIN');
		$out = over_pgsql($link, $sql, $values, $how);
		pg_query($link, 'ROLLBACK');
	}
	echo implode("\t", $out), "\n";
}
