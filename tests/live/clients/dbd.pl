#!/usr/bin/perl
# Asks what standard input says over DBD::Pg: see talk.py for the lines.
# dbd.pl PORT server|client|dollar: where placeholders are filled in, or $1 alone being one.
use strict;
use warnings;
use DBI;
use DBD::Pg qw(:pg_types);
use JSON::PP;

my ($port, $how) = @ARGV;
binmode STDIN, ':encoding(UTF-8)';
binmode STDOUT, ':encoding(UTF-8)';
$| = 1;

my %letter = (t => "\t", n => "\n", r => "\r");
sub unescape { my ($s) = @_; $s =~ s/\\(.)/$letter{$1} \/\/ $1/ge; return $s }
sub escape { my ($s) = @_; $s =~ s/\\/\\\\/g; $s =~ s/\t/\\t/g; $s =~ s/\n/\\n/g; $s =~ s/\r/\\r/g; return $s }

sub value {
	my ($type, $text) = $_[0] =~ /^(\w+):(.*)$/s;
	return undef if $type eq 'null';
	return decode_json(Encode::encode('UTF-8', $text)) if $type eq 'ints' or $type eq 'texts';
	return $text;
}

sub shown {
	my ($v) = @_;
	return '\\N' unless defined $v;
	return escape(ref $v ? JSON::PP->new->canonical->allow_nonref->encode($v) : $v);
}

my $db = DBI->connect("dbi:Pg:host=127.0.0.1;port=$port;dbname=live", 'postgres', '',
	{ AutoCommit => 0, RaiseError => 1, PrintError => 0, pg_enable_utf8 => 1,
	  pg_server_prepare => $how eq 'client' ? 0 : 1, pg_placeholder_dollaronly => $how eq 'dollar' ? 1 : 0 });
$db->{pg_switch_prepared} = 1;
while (my $line = <STDIN>) {
	chomp $line;
	my ($sql, @fields) = map { unescape($_) } split /\t/, $line, -1;
	my (@out, $st);
	eval {
		$st = $db->prepare($sql);
		my $at = 0;
		for my $field (@fields) {
			if ($field =~ /^bytes:(.*)/s) { $st->bind_param(++$at, pack('H*', $1), { pg_type => PG_BYTEA }) }
			else { $st->bind_param(++$at, value($field)) }
		}
		$st->execute;
		my @names = $st->{NUM_OF_FIELDS} ? @{ $st->{NAME} } : ();
		my @types = $st->{NUM_OF_FIELDS} ? @{ $st->{pg_type} } : ();
		@out = ('ok', scalar @names, map { escape("$names[$_] $types[$_]") } 0 .. $#names);
		if (@names) { while (my $row = $st->fetchrow_arrayref) { push @out, map { shown($_) } @$row } }
		else { push @out, $st->rows }
		1;
	} or @out = ('error', ($st || $db)->state || '?', escape($@));
	$db->rollback;
	print join("\t", @out), "\n";
}
