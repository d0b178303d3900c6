// Asks what standard input says over Go's database/sql: see talk.py for the lines.
// GO111MODULE=off GOPATH=/usr/share/gocode go run sql.go PORT postgres|pgx
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgconn"
	_ "github.com/jackc/pgx/v4/stdlib"
	"github.com/lib/pq"
)

var toEscape = strings.NewReplacer("\\", "\\\\", "\t", "\\t", "\n", "\\n", "\r", "\\r")
var fromEscape = strings.NewReplacer("\\\\", "\\", "\\t", "\t", "\\n", "\n", "\\r", "\r")

func value(field string) interface{} {
	at := strings.IndexByte(field, ':')
	kind, text := field[:at], field[at+1:]
	switch kind {
	case "null":
		return nil
	case "int", "big":
		n, _ := strconv.ParseInt(text, 10, 64)
		return n
	case "float":
		f, _ := strconv.ParseFloat(text, 64)
		return f
	case "bool":
		return text == "true"
	case "bytes":
		b, _ := hex.DecodeString(text)
		return b
	case "date":
		t, _ := time.Parse("2006-01-02", text)
		return t
	case "timestamp":
		t, _ := time.Parse("2006-01-02T15:04:05", text)
		return t
	case "timestamptz":
		t, _ := time.Parse(time.RFC3339, text)
		return t
	case "ints", "texts":
		return "{" + text[1:len(text)-1] + "}"
	}
	return text
}

func sqlstate(err error) string {
	var ofPq *pq.Error
	var ofPgx *pgconn.PgError
	if errors.As(err, &ofPq) {
		return string(ofPq.Code)
	}
	if errors.As(err, &ofPgx) {
		return ofPgx.Code
	}
	return "?"
}

func ask(tx *sql.Tx, text string, values []interface{}) (string, error) {
	rows, err := tx.Query(text, values...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return "", err
	}
	out := []string{"ok", strconv.Itoa(len(types))}
	cells := make([]interface{}, len(types))
	for i, t := range types {
		out = append(out, toEscape.Replace(t.Name()+" "+t.DatabaseTypeName()))
		cells[i] = new(interface{})
	}
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return "", err
		}
		for _, cell := range cells {
			switch v := (*cell.(*interface{})).(type) {
			case nil:
				out = append(out, "\\N")
			case []byte:
				out = append(out, toEscape.Replace(string(v)))
			default:
				bytes, _ := json.Marshal(v)
				out = append(out, toEscape.Replace(string(bytes)))
			}
		}
	}
	return strings.Join(out, "\t"), rows.Err()
}

func main() {
	db, err := sql.Open(os.Args[2], "host=127.0.0.1 user=postgres dbname=live sslmode=disable port="+os.Args[1])
	if err != nil {
		panic(err)
	}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		var values []interface{}
		for _, field := range fields[1:] {
			values = append(values, value(fromEscape.Replace(field)))
		}
		tx, err := db.BeginTx(context.Background(), nil)
		if err != nil {
			panic(err)
		}
		answer, err := ask(tx, fromEscape.Replace(fields[0]), values)
		if err != nil {
			answer = "error\t" + sqlstate(err) + "\t" + toEscape.Replace(err.Error())
		}
		tx.Rollback()
		fmt.Println(answer)
	}
}
