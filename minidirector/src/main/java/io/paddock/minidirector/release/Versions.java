package io.paddock.minidirector.release;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Versions of releases and stemcells: numbers and words between dots, dashes and plus signs. */
final class Versions {

    /** Numbers count as numbers; a number comes after a word. */
    static final Comparator<String> ORDER = Versions::compare;

    private static final String LATEST = "latest";
    private static final Pattern LATEST_OF = Pattern.compile("(.+)\\.latest");
    private static final Pattern DEVELOPMENT = Pattern.compile("(.+)\\+dev\\.(\\d+)");

    private Versions() {}

    /** @param wanted a version, "latest", or "N.latest" for the newest below N */
    static boolean matches(String wanted, String version) {
        Matcher latestOf = LATEST_OF.matcher(wanted);
        return wanted.equals(LATEST)
                || wanted.equals(version)
                || latestOf.matches() && (version + ".").startsWith(latestOf.group(1) + ".");
    }

    /** The development version after this one: of "1" it is "1+dev.1". */
    static String nextDevelopment(String version) {
        Matcher development = DEVELOPMENT.matcher(version);
        return development.matches()
                ? development.group(1) + "+dev." + (Long.parseLong(development.group(2)) + 1)
                : version + "+dev.1";
    }

    private static int compare(String one, String two) {
        String[] left = one.split("[.+-]");
        String[] right = two.split("[.+-]");
        for (int i = 0; i < Math.min(left.length, right.length); i++) {
            int order = compareParts(left[i], right[i]);
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.length, right.length);
    }

    private static int compareParts(String one, String two) {
        boolean left = one.matches("\\d{1,18}");
        boolean right = two.matches("\\d{1,18}");
        if (left && right) {
            return Long.compare(Long.parseLong(one), Long.parseLong(two));
        }
        return left == right ? one.compareTo(two) : left ? 1 : -1;
    }
}
