/** What Paddock's services say to each other: every message once, as records, and the calls as {@code @HttpExchange} interfaces. */
@NullMarked
package io.paddock.contracts;

import org.jspecify.annotations.NullMarked;
