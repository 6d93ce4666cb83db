// What `SimpleDateFormat` writes and reads in UTC and in English, one case a line: kind, pattern, input and output between tabs.

import java.io.PrintStream;
import java.text.ParsePosition;
import java.text.SimpleDateFormat;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.TimeZone;

final class Dates {
    private static final List<String> PATTERNS = List.of(
        "yyyyMMdd", "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd HH:mm:ss", "yy-M-d H:m:s.S", "EEE, dd MMM yyyy HH:mm:ss z",
        "EEEE, d. MMMM yyyy", "hh:mm a", "h 'o''clock' aaa, zzzz", "K:mm a, Z", "kk:mm", "k", "yyyyy.MMMMM.dd GGG hh:mm aaa", "yyMMddHHmmssZ",
        "YYYY-'W'ww-u", "YY w W", "D", "DDD yyyy", "F E", "W MM yyyy", "u", "uuu EE", "G y", "GGGG yyyy", "LLL L LLLL", "M", "MMM", "S", "SSSSSS",
        "X", "XX", "XXX", "Z", "z", "zzzz", "''yy''", "'literal only'", "HHmmss", "yyyyDDD", "yyyy/ww/E", "E W M y", "E F M y", "a", "a h", "H a h",
        "yyyy-MM-dd'T'HH:mm:ss'Z'", "dd.MM.yy", "MM/dd/yyyy hh:mm:ss a", "y", "yyy", "é yyyy", "ss.SSS", "mm", "d", "G", "E", "w", "W", "F", "yyyy w u", "YYYY ww E");

    private static final long[] TIMES = {
        0, -1, 1_483_425_001_864L, 994_248_536_235L, 1_577_664_000_000L, 1_609_459_199_999L, 951_782_400_000L, -12_216_700_800_000L,
        -12_219_292_800_001L, -62_135_769_600_001L, 253_402_300_800_000L, 1_704_067_200_000L, 1_230_724_800_000L, 43_200_000L,
    };

    static void run(PrintStream out) {
        for (String pattern : PATTERNS) {
            for (long time : TIMES) line(out, "format", pattern, Long.toString(time), format(pattern).format(new Date(time)));
        }
        for (String[] c : TEXTS) parse(out, c[0], c[1]);
        // Texts that were written, whole and damaged.
        Random random = new Random(1);
        for (String pattern : PATTERNS) {
            for (int i = 0; i < 12; i++) {
                String text = format(pattern).format(new Date((long) (random.nextDouble() * 8e12) - 3_000_000_000_000L));
                parse(out, pattern, i % 3 == 0 ? text : damaged(text, random));
            }
        }
        for (String pattern : List.of("yyyy-bb", "yyyy'T", "XXXX", "i", "yyyy'", "n", "''", "yyyyT", "A", "r", "XXXXX")) {
            String answer;
            try {
                format(pattern);
                answer = "ok";
            } catch (IllegalArgumentException e) {
                answer = e.getMessage();
            }
            line(out, "compile", pattern, "", answer);
        }
    }

    private static final String[][] TEXTS = {
        {"yyyy-MM-dd", "2020-1-1"}, {"yyyy-MM-dd", "2020-13-45"}, {"yyyy-MM-dd", "2020-02-30 and more"}, {"yyyy-MM-dd", " 2020-01-01"},
        {"yyyy-MM-dd", "2020 -01-01"}, {"yyyy-MM-dd", "2020- 01-01"}, {"yyyy-MM-dd", "2020/01/01"}, {"yyyy-MM-dd", "2020-01-"}, {"yyyy-MM-dd", ""},
        {"yyyy-MM-dd", "-5-01-01"}, {"yyyy-MM-dd", "2020--1-01"}, {"yyyy-MM-dd", "2020-00-00"}, {"yyyy-MM-dd", "0000-01-01"}, {"yyyy-MM-dd", "1582-10-10"},
        {"yyyy-MM-dd", "1582-10-15"}, {"yyyy-MM-dd", "1500-02-29"}, {"yyyy-MM-dd", "20200101"}, {"yyyyMMdd", "20200101"}, {"yyyyMMdd", "2020 1 1"},
        {"yyyyMMdd", "202011"}, {"yyyyMMdd", "2020-101"}, {"yyyyMMdd", "202001019999"}, {"yyMMdd", "200101"}, {"yy-MM-dd", "99-01-01"},
        {"yy-MM-dd", "45-01-01"}, {"yy-MM-dd", "46-06-14"}, {"yy-MM-dd", "46-06-16"}, {"yy-MM-dd", "47-01-01"}, {"yy-MM-dd", "1-1-1"},
        {"yy-MM-dd", "2020-01-01"}, {"yy-MM-dd", "-1-01-01"}, {"y-MM-dd", "20-01-01"}, {"yyy-MM-dd", "20-01-01"}, {"HH:mm", "25:61"},
        {"HH:mm", "1:2"}, {"HH:mm", "-1:00"}, {"hh:mm a", "12:30 AM"}, {"hh:mm a", "12:30 pm"}, {"hh:mm a", "13:00 PM"}, {"hh a", "5"},
        {"kk:mm", "24:00"}, {"K a", "11 PM"}, {"K", "5"}, {"a", "PM"}, {"H a", "5 PM"}, {"a h", "PM 5"}, {"H h a", "5 6 PM"}, {"h a H", "6 PM 5"},
        {"EEE, dd MMM yyyy", "Wed, 04 Jul 2001"}, {"EEE, dd MMM yyyy", "Mon, 04 Jul 2001"}, {"EEE, dd MMM yyyy", "wednesday, 4 JULY 2001"},
        {"EEE, dd MMM yyyy", "Wedn, 4 Jul 2001"}, {"EEEE", "Fri"}, {"E", "Sunday"}, {"MMM", "Sept"}, {"MMM", "may"}, {"MMMM d", "June 5"},
        {"MMM d", " Jun 5"}, {"MM", "Jun"}, {"LLL", "Feb"}, {"L", "2"}, {"D", "366"}, {"D yyyy", "366 2021"}, {"yyyy D M", "2020 100 3"},
        {"w yyyy", "1 2020"}, {"w yyyy E", "1 2020 Wed"}, {"yyyy w u", "2020 53 7"}, {"YYYY ww u", "2020 01 1"}, {"YYYY-'W'ww-u", "2020-W53-7"},
        {"YYYY ww u", "2020 01 0"}, {"YYYY ww u", "2020 01 8"}, {"YYYY ww u", "2020 01 -3"}, {"YYYY ww u", "2020 01 15"}, {"YYYY", "2021"},
        {"YYYY yyyy", "2021 2022"}, {"yyyy YYYY", "2021 2022"}, {"YY", "21"}, {"W M yyyy", "2 3 2020"}, {"W M yyyy E", "2 3 2020 Tue"},
        {"F E M yyyy", "2 Tue 3 2020"}, {"F M yyyy", "2 3 2020"}, {"E F M yyyy", "Tue -1 3 2020"}, {"E F M yyyy", "Tue 0 3 2020"}, {"E M yyyy", "Tue 3 2020"},
        {"E yyyy", "Tue 2020"}, {"u yyyy", "2 2020"}, {"d E", "5 Tue"}, {"E d", "Tue 5"}, {"w W E", "5 2 Tue"}, {"W w E", "2 5 Tue"},
        {"E w D", "Tue 5 100"}, {"D w E", "100 5 Tue"}, {"G yyyy", "BC 44"}, {"G yyyy", "ad 44"}, {"yyyy G", "44 BC"}, {"GGGG yyyy", "Before Christ 44"},
        {"GGGG yyyy", "Anno Domini 44"}, {"S", "5"}, {"ss.SSS", "1.5"}, {"ss.SSS", "1.123456"}, {"ss", "99999999999"}, {"ss", "99999999999999999999999"},
        {"X", "Z"}, {"X", "+05"}, {"X", "-0530"}, {"XX", "-0530"}, {"XX", "-05"}, {"XXX", "-05:30"}, {"XXX", "-0530"}, {"X", "5"}, {"XXX", "+24:00"},
        {"Z", "+0530"}, {"Z", "-0800"}, {"Z", "+05:30"}, {"Z", "GMT"}, {"Z", "GMT+5:30"}, {"Z", "GMT+05:30"}, {"Z", "GMT-0530"}, {"Z", "UTC"}, {"Z", "+530"},
        {"z", "UTC"}, {"z", "utc"}, {"z", "GMT-08:00"}, {"z", "PST"}, {"z", "PDT"}, {"z", "EST"}, {"z", "EDT"}, {"z", "CST"}, {"z", "CDT"}, {"z", "MST"},
        {"z", "MDT"}, {"z", "Pacific Standard Time"}, {"z", "Eastern Daylight Time"}, {"z", "Coordinated Universal Time"}, {"z", "Greenwich Mean Time"},
        {"z", "XYZ"}, {"z", "+0100"}, {"z", "HST"}, {"z", " GMT"}, {"z", "gmt"}, {"z", "GMT+25:00"}, {"z", "Mountain Standard Time"},
        {"yyyy-MM-dd z HH", "2020-07-01 PDT 5"}, {"yyyy-MM-dd HH:mm z", "2020-07-01 05:00 PST"}, {"yyyy-MM-dd HH:mm z", "2020-07-01 05:00 EST"},
        {"'at' yyyy", "at 2020"}, {"'at' yyyy", "in 2020"}, {"é yyyy", "é 2020"}, {"é yyyy", "e 2020"}, {"yyyy é", "2020 é"}, {"yyyyMM", "2020é"},
        {"''yy", "'20"}, {"yyyy", "2020.5"}, {"yyyy", "2,020"}, {"yyyy", "+2020"}, {"d", "-"}, {"d", "--1"}, {"\tyyyy", "\t2020"},
    };

    private static SimpleDateFormat format(String pattern) {
        SimpleDateFormat format = new SimpleDateFormat(pattern);
        format.setTimeZone(TimeZone.getTimeZone("UTC"));
        // 1946-06-15, so that the answers are the same in every year.
        format.set2DigitYearStart(new Date(-743_212_800_000L));
        return format;
    }

    private static void parse(PrintStream out, String pattern, String text) {
        ParsePosition position = new ParsePosition(0);
        Date date = format(pattern).parse(text, position);
        // `DateFormat.parse(String)` refuses what took no text.
        line(out, "parse", pattern, text, date == null || position.getIndex() == 0 ? "none" : Long.toString(date.getTime()));
    }

    private static String damaged(String text, Random random) {
        List<Character> chars = new ArrayList<>();
        for (char c : text.toCharArray()) chars.add(c);
        if (chars.isEmpty()) return text;
        int at = random.nextInt(chars.size());
        switch (random.nextInt(4)) {
            case 0 -> chars.remove(at);
            case 1 -> chars.add(at, ' ');
            case 2 -> chars.add(at, (char) ('0' + random.nextInt(10)));
            default -> chars.set(at, (char) ('0' + random.nextInt(10)));
        }
        StringBuilder result = new StringBuilder();
        chars.forEach(result::append);
        return result.toString();
    }

    private static void line(PrintStream out, String... columns) {
        for (int i = 0; i < columns.length; i++) {
            columns[i] = columns[i].replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
        }
        out.print(String.join("\t", columns) + "\n");
    }
}
