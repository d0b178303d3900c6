# Asks what standard input says over Ruby's pg: see talk.py for the lines.
# ruby pg.rb PORT params|prepared|binary|typed
require 'pg'
require 'json'
port, how = ARGV
$stdin.set_encoding('UTF-8')
$stdout.set_encoding('UTF-8')
$stdout.sync = true

LETTER = { 't' => "\t", 'n' => "\n", 'r' => "\r" }.freeze
def unescape(s) = s.gsub(/\\(.)/m) { LETTER[$1] || $1 }
def escape(s) = s.gsub(/[\\\t\n\r]/) { |c| { "\\" => '\\\\', "\t" => '\\t', "\n" => '\\n', "\r" => '\\r' }[c] }

OIDS = { 'int' => 23, 'big' => 20, 'float' => 701, 'numeric' => 1700, 'bool' => 16, 'date' => 1082, 'timestamp' => 1114,
         'timestamptz' => 1184, 'time' => 1083, 'interval' => 1186, 'uuid' => 2950, 'bytes' => 17,
         'ints' => 1007, 'texts' => 1009 }.freeze

def value(field, how)
  type, text = field.split(':', 2)
  return nil if type == 'null'
  return { value: [text].pack('H*'), format: 1, type: how == 'typed' ? 17 : 0 } if type == 'bytes'
  text = '{' + text[1..-2] + '}' if %w[ints texts].include?(type)
  # A number in binary, of a declared type, as a client may send it.
  return { value: [text.to_i].pack('N'), format: 1, type: 23 } if how == 'typed' && type == 'int'
  return { value: text, type: OIDS[type] || 0 } if how == 'typed'
  text
end

db = PG.connect(host: '127.0.0.1', port: port, dbname: 'live', user: 'postgres')
count = 0
$stdin.each_line(chomp: true) do |line|
  sql, *fields = line.split("\t", -1).map { |f| unescape(f) }
  db.exec('BEGIN')
  begin
    values = fields.map { |f| value(f, how) }
    format = how == 'binary' ? 1 : 0
    if how == 'prepared'
      name = "p#{count += 1}"
      db.prepare(name, sql)
      db.exec('SAVEPOINT before')
      db.exec_prepared(name, values)
      db.exec('ROLLBACK TO before')
      result = db.exec_prepared(name, values)
    else
      result = db.exec_params(sql, values, format)
    end
    out = ['ok', result.nfields.to_s]
    result.nfields.times { |i| out << escape("#{result.fname(i)} #{result.ftype(i)}") }
    result.ntuples.times do |row|
      result.nfields.times do |i|
        v = result.getisnull(row, i) ? nil : result.getvalue(row, i)
        out << (v.nil? ? '\\N' : format == 1 ? v.unpack1('H*') : escape(v))
      end
    end
  rescue PG::Error => e
    out = ['error', e.result ? e.result.error_field(PG::PG_DIAG_SQLSTATE) : '?', escape(e.message)]
  end
  db.exec('ROLLBACK')
  puts out.join("\t")
end
