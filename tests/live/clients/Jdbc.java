import java.io.*;
import java.nio.charset.StandardCharsets;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.util.*;

/** Asks what standard input says over JDBC: see talk.py for the lines. Arguments: the URL, and how
 * many times each is executed, so that pgjdbc prepares at the server and turns to binary. */
class Jdbc {
	static Connection connection;

	public static void main(String[] arguments) throws Exception {
		connection = DriverManager.getConnection(arguments[0]);
		connection.setAutoCommit(false);
		int times = Integer.parseInt(arguments[1]);
		int fetch = Integer.parseInt(arguments[2]);
		BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		PrintStream out = new PrintStream(System.out, true, "UTF-8");
		for (String line; (line = in.readLine()) != null;) {
			String[] fields = line.split("\t", -1);
			String answer;
			try {
				answer = ask(fields, times, fetch);
			} catch (SQLException error) {
				answer = "error\t" + error.getSQLState() + "\t" + escape(error.getMessage());
			}
			connection.rollback();
			out.println(answer);
		}
	}

	static String ask(String[] fields, int times, int fetch) throws SQLException {
		StringBuilder out = new StringBuilder();
		try (PreparedStatement statement = connection.prepareStatement(unescape(fields[0]))) {
			statement.setFetchSize(fetch);
			for (int time = 0; time < times; time++) {
				Savepoint before = time + 1 < times ? connection.setSavepoint() : null;
				for (int i = 1; i < fields.length; i++)
					set(statement, i, unescape(fields[i]));
				out.setLength(0);
				if (!statement.execute())
					out.append("ok\t0\t" + statement.getUpdateCount());
				else
					try (ResultSet rows = statement.getResultSet()) {
						append(out, rows);
					}
				if (before != null)
					connection.rollback(before);
			}
		}
		return out.toString();
	}

	static void append(StringBuilder out, ResultSet rows) throws SQLException {
		ResultSetMetaData columns = rows.getMetaData();
		out.append("ok\t" + columns.getColumnCount());
		for (int i = 1; i <= columns.getColumnCount(); i++)
			out.append('\t').append(escape(columns.getColumnLabel(i) + " " + columns.getColumnTypeName(i)));
		while (rows.next())
			for (int i = 1; i <= columns.getColumnCount(); i++) {
				Object value = rows.getObject(i);
				if (value instanceof byte[])
					value = Arrays.toString((byte[]) value);
				out.append('\t').append(value == null ? "\\N" : escape(value.toString()));
			}
	}

	static void set(PreparedStatement s, int i, String field) throws SQLException {
		String type = field.substring(0, field.indexOf(':'));
		String text = field.substring(field.indexOf(':') + 1);
		switch (type) {
		case "null": s.setNull(i, Types.NULL); break;
		case "int": s.setInt(i, Integer.parseInt(text)); break;
		case "big": s.setLong(i, Long.parseLong(text)); break;
		case "float": s.setDouble(i, Double.parseDouble(text)); break;
		case "numeric": s.setBigDecimal(i, new java.math.BigDecimal(text)); break;
		case "bool": s.setBoolean(i, text.equals("true")); break;
		case "date": s.setObject(i, LocalDate.parse(text)); break;
		case "timestamp": s.setObject(i, LocalDateTime.parse(text)); break;
		case "timestamptz": s.setObject(i, OffsetDateTime.parse(text)); break;
		case "time": s.setObject(i, LocalTime.parse(text)); break;
		case "interval": s.setObject(i, new PGInterval(text)); break;
		case "uuid": s.setObject(i, UUID.fromString(text)); break;
		case "bytes": s.setBytes(i, bytes(text)); break;
		case "ints": s.setArray(i, connection.createArrayOf("int4", items(text))); break;
		case "texts": s.setArray(i, connection.createArrayOf("text", items(text))); break;
		default: s.setString(i, text);
		}
	}

	/** Of ["a","b"] or [1,2]; no item has a comma or a quote in it. */
	static Object[] items(String json) {
		String inside = json.substring(1, json.length() - 1).replace("\"", "");
		return inside.isEmpty() ? new Object[0] : inside.split(", *");
	}

	static byte[] bytes(String hex) {
		byte[] out = new byte[hex.length() / 2];
		for (int i = 0; i < out.length; i++)
			out[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
		return out;
	}

	static String escape(String s) {
		return s.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r");
	}

	static String unescape(String s) {
		StringBuilder out = new StringBuilder();
		for (int i = 0; i < s.length(); i++) {
			char c = s.charAt(i);
			if (c == '\\' && ++i < s.length()) {
				c = s.charAt(i);
				c = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' : c;
			}
			out.append(c);
		}
		return out.toString();
	}
}
