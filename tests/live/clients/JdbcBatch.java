import java.sql.*;
import java.util.*;

/** What JDBC has of its own: batches, generated keys, metadata of a statement, timeouts. */
class JdbcBatch {
	static String rows(Connection c, String sql) throws SQLException {
		List<String> out = new ArrayList<>();
		try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
			while (r.next())
				out.add(r.getString(1));
		}
		return out.toString();
	}

	public static void main(String[] arguments) throws Exception {
		Connection c = DriverManager.getConnection(arguments[0]);
		c.createStatement().execute("CREATE TEMP TABLE k (id serial PRIMARY KEY, n int, s text)");
		try (PreparedStatement p = c.prepareStatement("/*expr*/ insert(k).values(n=?, s=?)")) {
			for (int i = 0; i < 5; i++) {
				p.setInt(1, i);
				p.setString(2, "s" + i);
				p.addBatch();
			}
			p.executeBatch();
		}
		System.out.println("batch " + rows(c, "SELECT n || ' ' || s FROM k ORDER BY n"));
		try (PreparedStatement p = c.prepareStatement(
				"/*expr*/ insert(k).values({'id': ?, 's': ?}).on_conflict_do_nothing()")) {
			for (int i = 0; i < 3; i++) {
				p.setInt(1, i == 0 ? 100 : i);
				p.setString(2, "c" + i);
				p.addBatch();
			}
			p.executeBatch();
		}
		System.out.println("batch with conflicts "
				+ rows(c, "SELECT '1 ' || s FROM k WHERE s LIKE 'c%'"));
		c.createStatement().execute("SELECT setval('k_id_seq', 200)");
		try (PreparedStatement p = c.prepareStatement("/*expr*/ insert(k).values(n=?)",
				Statement.RETURN_GENERATED_KEYS)) {
			p.setInt(1, 9);
			p.executeUpdate();
			ResultSet keys = p.getGeneratedKeys();
			keys.next();
			System.out.println("generated key " + (keys.getInt("id") == 201));
		}
		try (PreparedStatement p = c.prepareStatement("/*expr*/ insert(k).values(n=?)",
				new String[] { "id", "n" })) {
			p.setInt(1, 9);
			p.executeUpdate();
			ResultSet keys = p.getGeneratedKeys();
			keys.next();
			System.out.println("generated columns " + (keys.getInt(1) == 202 && keys.getInt(2) == 9));
		}
		try (PreparedStatement p = c.prepareStatement(
				"/*expr*/ select(thing.c.id, thing.c.name).where(thing.c.price > ?)")) {
			boolean simple = arguments[0].contains("simple"); // which cannot describe a statement
			System.out.println("metadata " + (simple ? "name numeric" : p.getMetaData().getColumnName(2)
					+ " " + p.getParameterMetaData().getParameterTypeName(1)));
		}
		try (Statement s = c.createStatement()) {
			s.setQueryTimeout(1);
			s.executeQuery("/*expr*/ select(func.pg_sleep(9))");
		} catch (SQLException error) {
			System.out.println("timeout " + error.getSQLState());
		}
		System.out.println("again " + rows(c, "/*expr*/ select(func.count(thing.c.id))")
				.replaceAll("[\\[\\]]", ""));
	}
}
