<?php
/*
 * What WordPress makes of an address that somebody puts into a post: it looks for oEmbed in the page, asks there, and
 * cleans what it gets.
 *
 *     php wordpress.php INCLUDES ADDRESS
 *
 * INCLUDES is the folder wp-includes of a WordPress. Prints the HTML that it shows; exits with 1 where it shows none.
 */

[, $includes, $address] = $argv;
define('ABSPATH', dirname($includes) . '/');
define('WPINC', 'wp-includes');

$parts = ['load', 'plugin', 'functions', 'formatting', 'shortcodes', 'kses', 'l10n', 'http', 'link-template', 'embed', 'class-wp-list-util', 'class-wp-oembed'];
foreach ($parts as $part) {
    require "$includes/$part.php";
}

// In the place of its database, its passwords, and its network, which asks no address of the machine itself.
add_filter('pre_option', fn ($said, $name) => $name === 'blog_charset' ? 'UTF-8' : '', 10, 2);
function wp_generate_password($length)
{
    return substr(bin2hex(random_bytes($length)), 0, $length);
}
class WP_Http
{
    public function get($address)
    {
        $body = file_get_contents($address, false, stream_context_create(['http' => ['ignore_errors' => true]]));
        preg_match('/ (\d{3}) /', $http_response_header[0], $status);
        return ['body' => $body, 'response' => ['code' => (int) $status[1]]];
    }
}

// As in its default-filters.php.
add_filter('oembed_dataparse', 'wp_filter_oembed_iframe_title_attribute', 5, 3);
add_filter('oembed_dataparse', 'wp_filter_oembed_result', 10, 3);

$html = _wp_oembed_get_object()->get_html($address, ['width' => 600, 'height' => 900]);
if (!$html) {
    fwrite(STDERR, "WordPress shows nothing for $address\n");
    exit(1);
}
echo $html, "\n";
