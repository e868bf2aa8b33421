package io.paddock.minidirector.manifest;

import java.util.List;
import java.util.stream.LongStream;

/** IPv4 addresses as numbers, and ranges of them. */
public final class Addresses {

    private Addresses() {}

    /** @param entry an address, or a range as "first-last" */
    public static List<String> expand(String entry) {
        String[] bounds = entry.split("-");
        return LongStream.rangeClosed(number(bounds[0].strip()), number(bounds[bounds.length - 1].strip()))
                .mapToObj(Addresses::text)
                .toList();
    }

    public static long number(String address) {
        long number = 0;
        for (String part : address.split("\\.")) {
            number = number << 8 | Integer.parseInt(part);
        }
        return number;
    }

    public static String text(long address) {
        return (address >> 24 & 255) + "." + (address >> 16 & 255) + "." + (address >> 8 & 255) + "." + (address & 255);
    }
}
