using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Mesh.Bookinfo;

/// <summary>The front: asks details and reviews at once and shows both, as a page or as data.</summary>
internal static class ProductPage
{
    public static void Map(WebApplication app, Neighbours neighbours)
    {
        app.MapGet("/api/v1/products/{id:int}", (int id, HttpRequest request, CancellationToken cancel) => LoadAsync(id, request, cancel));
        app.MapGet(
            "/productpage",
            async (HttpRequest request, CancellationToken cancel) =>
                Results.Content(Html(await LoadAsync(0, request, cancel)), "text/html", Encoding.UTF8)
        );

        async Task<Page> LoadAsync(int id, HttpRequest request, CancellationToken cancel)
        {
            var details = neighbours.GetAsync<BookDetails>($"http://details:9080/details/{id}", request, cancel);
            var reviews = neighbours.GetAsync<ReviewList>($"http://reviews:9080/reviews/{id}", request, cancel);
            return new Page(await details, await reviews);
        }
    }

    private static string Html(Page page)
    {
        var html = new StringBuilder(
            "<!doctype html><meta charset=utf-8><title>Bookshop</title><style>body{font:16px/1.5 serif;margin:3em}</style>"
        );
        html.Append(
            $"<h1>{Text(page.Details?.Title)}</h1><p>{Text(page.Details?.Author)}, {page.Details?.Year}, {page.Details?.Pages} pages</p>"
        );
        html.Append($"<h2>Reviews ({Text(page.Reviews?.Version)})</h2>");
        foreach (var review in page.Reviews?.Reviews ?? [])
        {
            var stars = new string('★', review.Stars ?? 0);
            html.Append(
                $"<p>{Text(review.Text)} <i>{Text(review.Reader)}</i> <span style=\"color:{Text(review.Color)}\">{stars}</span></p>"
            );
        }

        return html.ToString();
    }

    private static string Text(string? value) => HtmlEncoder.Default.Encode(value ?? "");
}
