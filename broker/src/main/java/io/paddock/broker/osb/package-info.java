/** The edge: Spring Cloud Open Service Broker's types, and what it does not do right. */
@NullMarked
package io.paddock.broker.osb;

import org.jspecify.annotations.NullMarked;
